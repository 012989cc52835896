using System.Globalization;
using System.Text;
using Darkroom.Text.Unicode;

namespace Darkroom.Text.Cleaning;

/// <summary>HTML character references, read in the two ways that tokenizers need: as the HTML standard does, and as ftfy does.</summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;

    /// <summary>Characters that numeric references from 0x80 to 0x9F stand for (Windows-1252), where they differ from the number.</summary>
    private const string Windows1252Controls = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    private static readonly Lazy<Dictionary<string, string>> Names = new(ReadNames);
    private static readonly Lazy<Dictionary<string, string>> UpperNames = new(MakeUpperNames);

    /// <summary>Resolves every reference as the HTML standard says: numeric ones with or without a semicolon, names by their longest known beginning.</summary>
    public static string Unescape(string text)
    {
        if (!text.Contains('&')) return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (text[i] == '&' && Reference(text.AsSpan(i), result) is > 0 and var length)
            {
                i += length;
                continue;
            }
            result.Append(text[i++]);
        }
        return result.ToString();
    }

    /// <summary>Resolves as ftfy does: only references of at most 24 letters and digits that end in a semicolon; names also in capitals.</summary>
    /// <remarks>An ampersand that a reference stands for is read again at once, so that text escaped many times over costs one pass.</remarks>
    public static string UnescapeClosed(string text)
    {
        if (!text.Contains('&') || !text.Contains(';')) return text;
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            if (text[i] != '&')
            {
                result.Append(text[i++]);
                continue;
            }
            int end = ClosedEnd(text, i);
            string resolved = end < 0 ? "&" : ResolveClosed(text[i..end]);
            i = end < 0 ? i + 1 : end;
            while (resolved == "&" && end >= 0)
            {
                end = ClosedEnd(text, i - 1);                   // the reference as if its ampersand stood right before the rest
                if (end < 0) break;
                resolved = ResolveClosed(string.Concat("&", text.AsSpan(i, end - i)));
                i = end;
            }
            result.Append(resolved);
        }
        return result.ToString();
    }

    /// <summary>The end of <c>&amp;#?[0-9A-Za-z]{1,24};</c> whose ampersand is at (or is thought to be at) a place; -1 where there is none.</summary>
    private static int ClosedEnd(string text, int ampersand)
    {
        int i = ampersand + 1;
        if (i < text.Length && text[i] == '#') i++;
        int start = i;
        while (i < text.Length && i - start < 24 && char.IsAsciiLetterOrDigit(text[i])) i++;
        return i > start && i < text.Length && text[i] == ';' ? i + 1 : -1;
    }

    private static string ResolveClosed(string reference)
    {
        string name = reference[1..];
        if (name[0] == '#')
        {
            string unescaped = Unescape(reference);
            return unescaped.Contains(';') ? reference : unescaped;
        }
        return Names.Value.TryGetValue(name, out string? known) || UpperNames.Value.TryGetValue(name, out known) ? known : reference;
    }

    /// <summary>Appends what the reference at the start of the text stands for; returns its length, 0 where there is none.</summary>
    private static int Reference(ReadOnlySpan<char> text, StringBuilder result)
    {
        if (text.Length > 1 && text[1] == '#') return NumericReference(text, result);
        int length = 1;
        while (length < text.Length && length <= LongestName && text[length] is not ('\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';')) length++;
        if (length == 1) return 0;
        if (length < text.Length && text[length] == ';') length++;
        for (int known = length; known > 2; known--)
            if (Names.Value.TryGetValue(text[1..known].ToString(), out string? characters))
            {
                result.Append(characters);
                return known;
            }
        return 0;
    }

    private static int NumericReference(ReadOnlySpan<char> text, StringBuilder result)
    {
        bool hex = text.Length > 2 && text[2] is 'x' or 'X';
        int start = hex ? 3 : 2, end = start;
        while (end < text.Length && (hex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end]))) end++;
        if (end == start) return 0;
        int number = 0;
        foreach (char digit in text[start..end])
            number = Math.Min(0x110000, number * (hex ? 16 : 10) + int.Parse([digit], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        if (number is >= 0x80 and <= 0x9F) result.Append(Windows1252Controls[number - 0x80]);
        else if (number is 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF)) result.Append('\uFFFD');
        else if (!IsNoCharacter(number)) Letters.AppendRune(result, new Rune(number));
        return end < text.Length && text[end] == ';' ? end + 1 : end;
    }

    /// <summary>Numbers that stand for nothing at all: control characters but white space, and the non-characters.</summary>
    private static bool IsNoCharacter(int number) => number is (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F
        or (>= 0xFDD0 and <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;

    private static Dictionary<string, string> ReadNames()
    {
        var names = new Dictionary<string, string>(2231, StringComparer.Ordinal);
        foreach (string line in TextData.Lines("html-entities.txt"))
        {
            string[] fields = line.Split(' ');
            names[fields[0]] = string.Concat(fields[1..].Select(f =>
                new Rune(int.Parse(f, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));
        }
        return names;
    }

    /// <summary>Lower-case names written in capitals, for capital characters, where the standard does not know the name in capitals.</summary>
    private static Dictionary<string, string> MakeUpperNames()
    {
        var upper = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string characters) in Names.Value)
        {
            if (!name.EndsWith(';') || name.Any(char.IsAsciiLetterUpper)) continue;
            string inCapitals = name.ToUpperInvariant();
            if (Unescape("&" + inCapitals) == "&" + inCapitals) upper[inCapitals] = Capitals(characters);
        }
        return upper;
    }

    private static string Capitals(string characters) => characters switch
    {
        "ß" => "SS",
        "ŉ" => "ʼN",
        "ı" => "I",
        "ﬀ" => "FF",
        "ﬁ" => "FI",
        "ﬂ" => "FL",
        "ﬃ" => "FFI",
        "ﬄ" => "FFL",
        _ => characters.ToUpperInvariant(),
    };
}
