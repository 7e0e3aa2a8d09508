namespace MaStreaming.PacketReading;

/// <summary>Session identifier patterns: <c>*</c> is any run of characters, <c>?</c> any one; the whole identifier, case-sensitive.</summary>
internal static class IdentifierPattern
{
    public static bool Matches(string pattern, string text)
    {
        int patternIndex = 0;
        int textIndex = 0;
        int star = -1;
        int afterStar = 0;
        while (textIndex < text.Length)
        {
            if (patternIndex < pattern.Length && pattern[patternIndex] == '*')
            {
                star = patternIndex++;
                afterStar = textIndex;
            }
            else if (patternIndex < pattern.Length && pattern[patternIndex] == '?')
            {
                patternIndex++;
                textIndex += Length(text, textIndex);
            }
            else if (patternIndex < pattern.Length && pattern[patternIndex] == text[textIndex])
            {
                patternIndex++;
                textIndex++;
            }
            else if (star >= 0)
            {
                patternIndex = star + 1;
                afterStar += Length(text, afterStar);
                textIndex = afterStar;
            }
            else
            {
                return false;
            }
        }

        while (patternIndex < pattern.Length && pattern[patternIndex] == '*')
        {
            patternIndex++;
        }

        return patternIndex == pattern.Length;
    }

    /// <summary>A character outside the basic plane takes two units.</summary>
    private static int Length(string text, int index) => char.IsSurrogatePair(text, index) ? 2 : 1;
}
