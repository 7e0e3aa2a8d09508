using Xunit;

namespace MaStreaming.Protocol;

/// <summary>Bytes that no protobuf parser may accept, whatever the message, and odd ones that every parser accepts and skips.</summary>
public sealed class MalformedMessages : TheoryData<string, string>
{
    public MalformedMessages()
    {
        Add("a tag that does not end", "80");
        Add("a tag of six bytes", "F2 80 80 80 80 00 00");
        Add("a tag of more than 32 bits", "F2 80 80 80 10 00");
        Add("field 0 with a number", "00 00");
        Add("field 0 with a length", "02 00");
        Add("field 0 by an overlong tag", "82 00 00");
        Add("wire type 6", "F6 01 00");
        Add("wire type 7", "F7 01 00");
        Add("a number that is missing", "F0 01");
        Add("a number that does not end", "F0 01 80");
        Add("a number of eleven bytes", "F0 01 " + Bytes.Times("FF", 10) + " 01");
        Add("a number of ten bytes that does not end", "F0 01 " + Bytes.Times("80", 10));
        Add("four bytes of which three are there", "F5 01 00 00 00");
        Add("eight bytes of which seven are there", "F1 01 00 00 00 00 00 00 00");
        Add("a length that is missing", "F2 01");
        Add("a length that does not end", "F2 01 80");
        Add("a length one beyond the end", "F2 01 04 'abc'");
        Add("a length of 2^31 - 1", "F2 01 FF FF FF FF 07 00");
        Add("a length of 2^31", "F2 01 80 80 80 80 08 00");
        Add("a length of 2^32", "F2 01 80 80 80 80 10 00");
        Add("a length of 2^64 - 1", "F2 01 FF FF FF FF FF FF FF FF FF 01 00");
        Add("a length in six bytes", "F2 01 81 80 80 80 80 00 00");
        Add("a group that does not end", "F3 01");
        Add("a group that ends as another", "F3 01 FC 01");
        Add("the end of a group that did not begin", "F4 01");
        Add("groups that end in the wrong order", "F3 01 FB 01 F4 01 FC 01");
        Add("a broken field in a group", "F3 01 F0 01 80 F4 01");
        Add("a group of 101 levels", Bytes.Times("F3 01", 101) + " " + Bytes.Times("F4 01", 101));
    }

    /// <summary>Fields that no message of ours has, in every layout there is, and that stand for nothing.</summary>
    public static string Unknown { get; } =
        "F0 01 FF FF FF FF FF FF FF FF FF 01 "
        + "F1 01 01 02 03 04 05 06 07 08 F2 01 02 FF FE F5 01 01 02 03 04 "
        + "F3 01 0A 01 41 FB 01 FC 01 F4 01 "
        + "FA FF FF FF 0F 00";
}
