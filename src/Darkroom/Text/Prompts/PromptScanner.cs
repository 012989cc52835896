using System.Globalization;
using System.Text;
using Darkroom.Text.Unicode;

namespace Darkroom.Text.Prompts;

/// <summary>Character classes, words and numbers as the prompt syntax of A1111 reads them: those of Python's regular expressions and float().</summary>
internal static class PromptScanner
{
    /// <summary>Longest prompt, in UTF-16 units, that the syntax of A1111 is read in; every chunk of 75 tokens costs a run of the text encoder.</summary>
    public const int LongestPrompt = 100_000;

    /// <summary>Refuses prompts that are too long.</summary>
    /// <exception cref="DarkroomException">InvalidRequest.</exception>
    public static void CheckLength(string text)
    {
        if (text.Length > LongestPrompt)
            throw new DarkroomException(ErrorKind.InvalidRequest,
                string.Create(CultureInfo.InvariantCulture, $"A prompt of {text.Length} characters is too long."), "prompt",
                string.Create(CultureInfo.InvariantCulture, $"At most {LongestPrompt} characters are read."));
    }

    public static bool IsSpace(char character) => character < 0x80
        ? character is ' ' or (>= '\t' and <= '\r') or (>= '\u001C' and <= '\u001F')
        : !char.IsSurrogate(character) && Letters.IsPythonSpace(new Rune(character));

    /// <summary>Where the white space that starts at a place ends.</summary>
    public static int SkipSpace(ReadOnlySpan<char> text, int start)
    {
        while (start < text.Length && IsSpace(text[start])) start++;
        return start;
    }

    /// <summary>The text without white space at its end.</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1])) end--;
        return text[..end];
    }

    /// <summary>The next place, from a start on, where a word stands that is not part of a longer one; -1 where there is none.</summary>
    public static int IndexOfWord(string text, string word, int start)
    {
        for (int at = start; (at = text.IndexOf(word, at, StringComparison.Ordinal)) >= 0; at++)
        {
            bool opens = Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var before, out _) != System.Buffers.OperationStatus.Done || !IsWordCharacter(before);
            bool closes = Rune.DecodeFromUtf16(text.AsSpan(at + word.Length), out var after, out _) != System.Buffers.OperationStatus.Done || !IsWordCharacter(after);
            if (opens && closes) return at;
        }
        return -1;
    }

    /// <summary>The length of <c>[+-]?[.\d]+</c> at the start of a text, digits of every script included; 0 where there is none.</summary>
    public static int NumberLength(ReadOnlySpan<char> text)
    {
        int start = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0, end = start;
        while (end < text.Length && Rune.DecodeFromUtf16(text[end..], out var rune, out int length) == System.Buffers.OperationStatus.Done
            && (rune.Value == '.' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber))
            end += length;
        return end > start ? end : 0;
    }

    /// <summary>The value of a number of digits of any script, with a sign and a point; null where it is none.</summary>
    public static double? Number(ReadOnlySpan<char> text)
    {
        var ascii = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber)
                ascii.Append((char)('0' + (int)Rune.GetNumericValue(rune)));
            else
                Letters.AppendRune(ascii, rune);
        return double.TryParse(ascii.ToString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            ? value : null;
    }

    private static bool IsWordCharacter(Rune rune) => rune.Value == '_' || Letters.IsLetter(rune) || Letters.IsNumber(rune);
}
