using System.Text;
using Xunit;

namespace MaStreaming.Protocol;

public sealed class Utf8Tests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("00 7F", "\0\u007F")]
    [InlineData("C2 80 DF BF", "\u0080\u07FF")]
    [InlineData("E0 A0 80 ED 9F BF EE 80 80 EF BF BF", "\u0800\uD7FF\uE000\uFFFF")]
    [InlineData("F0 90 80 80 F4 8F BF BF", "\U00010000\U0010FFFF")]
    [InlineData("EF BB BF 'a'", "\uFEFFa")]
    [InlineData("'vCar:Chassis' C2 B0 'vCar:Chassis' 20 E2 82 AC", "vCar:Chassis°vCar:Chassis €")]
    public void Accepts_and_decodes_valid_text(string bytes, string expected)
    {
        Assert.True(Utf8.IsValid(Bytes.Of(bytes)));
        Assert.Equal(expected, Utf8.ToText(Bytes.Of(bytes)));
    }

    [Theory]
    [InlineData("80")] // a continuation alone
    [InlineData("BF 'a'")]
    [InlineData("C0 80")] // overlong
    [InlineData("C1 BF")]
    [InlineData("E0 9F BF")]
    [InlineData("F0 8F BF BF")]
    [InlineData("ED A0 80")] // surrogates
    [InlineData("ED BF BF")]
    [InlineData("F4 90 80 80")] // above U+10FFFF
    [InlineData("F5 80 80 80")]
    [InlineData("FE")]
    [InlineData("FF")]
    [InlineData("C2")] // cut off
    [InlineData("E2 82")]
    [InlineData("F0 90 80")]
    [InlineData("C2 'a'")] // not continued
    [InlineData("E2 82 'a'")]
    [InlineData("F0 90 80 'a'")]
    [InlineData("F0 90 C0 80")]
    [InlineData("'seventeenletters!' FF")]
    public void Refuses_invalid_text(string bytes) => Assert.False(Utf8.IsValid(Bytes.Of(bytes)));

    [Fact]
    public void Agrees_with_the_base_class_library_on_all_pairs_of_bytes_and_all_starts_of_longer_sequences()
    {
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        for (var first = 0; first < 256; first++)
        {
            for (var second = 0; second < 256; second++)
            {
                byte[][] texts = [[(byte)first, (byte)second], [(byte)first, (byte)second, 0x80], [(byte)first, (byte)second, 0x80, 0x80]];
                foreach (var text in texts)
                {
                    Assert.Equal(IsValid(strict, text), Utf8.IsValid(text));
                }
            }
        }
    }

    [Fact]
    public void Refuses_to_write_half_a_surrogate_pair()
    {
        var error = Assert.Throws<StreamingException>(() => new WireWriter().WriteString(1, "a\uD800b"));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("index 1", error.Message, System.StringComparison.Ordinal);
    }

    private static bool IsValid(UTF8Encoding strict, byte[] text)
    {
        try
        {
            strict.GetCharCount(text);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
