using System.Text;
using System.Text.RegularExpressions;
using Darkroom.Text.Unicode;

namespace Darkroom.Text.Cleaning;

/// <summary>
/// Repairs text as ftfy 6.3 does with its defaults: HTML entities, wrong decodings, control characters, ligatures, widths, quotes, line ends,
/// surrogates, terminal colours, then canonical composition; over and over until nothing changes.
/// </summary>
internal static partial class FtfyRepair
{
    private const int LongestSegment = 1_000_000;

    /// <summary>Longest chain of changes that is followed; each one undoes one layer of damage, and text of ten layers is noise.</summary>
    private const int MostRounds = 100;

    /// <summary>The repaired text. Lines are repaired one by one; from the first line with "&lt;" on, entities are left alone.</summary>
    public static string Repair(string text)
    {
        var repaired = new StringBuilder(text.Length);
        bool unescape = true;
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf('\n', start) + 1;
            if (end == 0) end = text.Length;
            if (end - start > LongestSegment)
            {
                end = start + LongestSegment;
                if (char.IsHighSurrogate(text[end - 1])) end--;
            }
            string segment = text[start..end];
            unescape &= !segment.Contains('<');
            repaired.Append(RepairSegment(segment, unescape));
            start = end;
        }
        return repaired.ToString();
    }

    private static string RepairSegment(string text, bool unescape)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            string before = text;
            if (unescape) text = HtmlEntities.UnescapeClosed(text);
            text = MojibakeRepair.Repair(text);
            text = MojibakeRepair.ControlsAsWindows1252(text);
            text = Simplify(text);
            text = TerminalEscape().Replace(text, "");
            text = DropControls(text);
            text = NormalForms.Compose(text);
            if (text == before) break;
        }
        return text;
    }

    /// <summary>Ligatures into letters, widths to standard, curly quotes to straight ones, line ends to \n, lone surrogates to U+FFFD.</summary>
    private static string Simplify(string text)
    {
        if (Ascii.IsValid(text) && !text.Contains('\r')) return text;
        var simple = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            string? letters = rune.IsBmp ? LettersOf((char)rune.Value) ?? UnicodeTable.Data.StandardWidth((char)rune.Value) : null;
            if (letters is null) Letters.AppendRune(simple, rune);
            else foreach (char letter in letters) simple.Append(Straight(letter));
        }
        simple.Replace("\r\n", "\n").Replace('\r', '\n');
        return simple.ToString();
    }

    private static string? LettersOf(char character) => character switch
    {
        'Ĳ' => "IJ",
        'ĳ' => "ij",
        'ŉ' => "ʼn",
        'Ǳ' => "DZ",
        'ǲ' => "Dz",
        'ǳ' => "dz",
        'Ǆ' => "DŽ",
        'ǅ' => "Dž",
        'ǆ' => "dž",
        'Ǉ' => "LJ",
        'ǈ' => "Lj",
        'ǉ' => "lj",
        'Ǌ' => "NJ",
        'ǋ' => "Nj",
        'ǌ' => "nj",
        'ﬀ' => "ff",
        'ﬁ' => "fi",
        'ﬂ' => "fl",
        'ﬃ' => "ffi",
        'ﬄ' => "ffl",
        'ﬅ' => "ſt",
        'ﬆ' => "st",
        _ => Straight(character) is var straight && straight != character ? straight.ToString() : null,
    };

    private static char Straight(char character) => character switch
    {
        '\u02BC' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        '\u2028' or '\u2029' or '\u0085' => '\n',
        _ => character,
    };

    private static string DropControls(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (char character in text)
            if (!IsUnwanted(character)) kept.Append(character);
        return kept.Length == text.Length ? text : kept.ToString();
    }

    /// <summary>Control characters but tab, line feed, form feed, carriage return; deprecated format characters; the byte-order mark.</summary>
    private static bool IsUnwanted(char character) => character is <= '\u0008' or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F'
        or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC');

    [GeneratedRegex("\u001B\\[[0-9;]*[a-zA-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex TerminalEscape();
}
