using System.Globalization;
using System.Text;

namespace Darkroom.Text.Unicode;

/// <summary>Kinds of characters, and their lower case, counted in code points and not in UTF-16 units.</summary>
internal static class Letters
{
    /// <summary>General categories Lu, Ll, Lt, Lm, Lo (the regular expression \p{L}).</summary>
    public static bool IsLetter(Rune rune) => Rune.GetUnicodeCategory(rune) <= UnicodeCategory.OtherLetter;

    /// <summary>General categories Nd, Nl, No (the regular expression \p{N}).</summary>
    public static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>The property White_Space. It does not hold for U+001C to U+001F, U+180E, U+200B and U+FEFF.</summary>
    public static bool IsWhiteSpace(Rune rune) => rune.Value is (>= 0x09 and <= 0x0D) or 0x20 or 0x85 or 0xA0 or 0x1680
        or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>What Python's str.split() and str.strip() take for white space: White_Space and the four separators U+001C to U+001F.</summary>
    public static bool IsPythonSpace(Rune rune) => IsWhiteSpace(rune) || rune.Value is >= 0x1C and <= 0x1F;

    /// <summary>Lower case letter by letter: no context, so a capital sigma never becomes a final one; only U+0130 grows (i and U+0307).</summary>
    public static void AppendLower(StringBuilder to, Rune rune)
    {
        if (rune.Value < 0x80)
            to.Append((char)(rune.Value is >= 'A' and <= 'Z' ? rune.Value | 0x20 : rune.Value));
        else if (rune.Value == 0x130)
            to.Append("i\u0307");
        else
            AppendRune(to, Rune.ToLowerInvariant(rune));
    }

    /// <summary>Lower case letter by letter of a whole text.</summary>
    public static string Lower(string text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) AppendLower(lower, rune);
        return lower.ToString();
    }

    /// <summary>Lower case with the final-sigma rule of the Unicode standard (section 3.13, Final_Sigma), as Python's str.lower().</summary>
    public static string LowerWithFinalSigma(string text)
    {
        if (!text.Contains('Σ')) return Lower(text);
        Rune[] runes = [.. text.EnumerateRunes()];
        var lower = new StringBuilder(text.Length);
        bool casedBefore = false;                              // the last letter that is not case-ignorable is cased
        bool[] casedAfter = CasedAfter(runes);
        for (int i = 0; i < runes.Length; i++)
        {
            if (runes[i].Value == 'Σ')
                lower.Append(casedBefore && !casedAfter[i] ? 'ς' : 'σ');
            else
                AppendLower(lower, runes[i]);
            if (!IsCaseIgnorable(runes[i])) casedBefore = IsCased(runes[i]);
        }
        return lower.ToString();
    }

    public static void AppendRune(StringBuilder to, Rune rune)
    {
        Span<char> units = stackalloc char[2];
        to.Append(units[..rune.EncodeToUtf16(units)]);
    }

    private static bool[] CasedAfter(Rune[] runes)
    {
        var result = new bool[runes.Length];
        bool cased = false;
        for (int i = runes.Length - 1; i >= 0; i--)
        {
            result[i] = cased;
            if (!IsCaseIgnorable(runes[i])) cased = IsCased(runes[i]);
        }
        return result;
    }

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || IsOtherCased(rune.Value);

    /// <summary>The properties Other_Lowercase and Other_Uppercase.</summary>
    private static bool IsOtherCased(int value) => value is 0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8) or 0x2C0 or 0x2C1
        or (>= 0x2E0 and <= 0x2E4) or 0x345 or 0x37A or (>= 0x1D2C and <= 0x1D6A) or 0x1D78 or (>= 0x1D9B and <= 0x1DBF)
        or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C) or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
        or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770 or 0xA7F8 or 0xA7F9 or (>= 0xAB5C and <= 0xAB5F)
        or 0x10780 or (>= 0x10783 and <= 0x10785) or (>= 0x10787 and <= 0x107B0) or (>= 0x107B2 and <= 0x107BA)
        or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    /// <summary>The property Case_Ignorable.</summary>
    private static bool IsCaseIgnorable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
        or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;
}
