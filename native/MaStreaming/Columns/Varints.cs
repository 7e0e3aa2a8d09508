namespace MaStreaming.Columns;

/// <summary>Base-128 numbers in unmanaged memory.</summary>
internal static unsafe class Varints
{
    /// <summary>How many bytes a number takes.</summary>
    public static int LengthOf(ulong value)
    {
        int length = 1;
        while ((value >>= 7) != 0)
        {
            length++;
        }

        return length;
    }

    /// <summary>Writes a number and returns where the next byte goes.</summary>
    public static byte* Write(byte* at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            *at++ = (byte)(value | 0x80);
        }

        *at = (byte)value;
        return at + 1;
    }
}
