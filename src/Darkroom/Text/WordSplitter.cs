using System.Text;
using Darkroom.Text.Unicode;

namespace Darkroom.Text;

/// <summary>
/// Splits cleaned text into the words that byte-pair encoding works on: special tokens, English contractions ('s 't 're 've 'm 'll 'd), runs of
/// letters, single numerals, runs of anything else but white space; the first of these that fits at a place wins. White space is dropped.
/// </summary>
internal static class WordSplitter
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>The words as ranges of the text.</summary>
    /// <param name="text">Cleaned, lower-cased text.</param>
    /// <param name="specials">Texts that are one word wherever one is met at the start of a word.</param>
    /// <param name="ignoreCase">Match specials and contractions as a case-blind regular expression does: in lower-cased text that lets U+017F,
    /// the long s, stand for s.</param>
    public static List<Range> Split(string text, IReadOnlyList<string> specials, bool ignoreCase)
    {
        var words = new List<Range>();
        for (int start = 0; start < text.Length;)
        {
            int length = FixedWord(text.AsSpan(start), specials, ignoreCase);
            if (length == 0) length = FixedWord(text.AsSpan(start), Contractions, ignoreCase);
            if (length == 0)
            {
                var kind = KindAt(text, start, ignoreCase, out length);
                if (kind is Kind.Letter or Kind.Other)
                    while (start + length < text.Length && KindAt(text, start + length, ignoreCase, out int more) == kind) length += more;
                else if (kind == Kind.WhiteSpace)
                {
                    start += length;
                    continue;
                }
            }
            words.Add(start..(start + length));
            start += length;
        }
        return words;
    }

    private static int FixedWord(ReadOnlySpan<char> text, IReadOnlyList<string> words, bool ignoreCase)
    {
        foreach (string word in words)
        {
            if (text.Length < word.Length) continue;
            int i = 0;
            while (i < word.Length && (text[i] == word[i] || (ignoreCase && text[i] == '\u017F' && word[i] == 's'))) i++;
            if (i == word.Length) return i;
        }
        return 0;
    }

    private static Kind KindAt(string text, int position, bool ignoreCase, out int length)
    {
        Rune.DecodeFromUtf16(text.AsSpan(position), out var rune, out length);
        // U+0345 is no letter, but a case variant of one (iota): blind to case it is neither a letter nor anything else.
        if (ignoreCase && rune.Value == 0x345) return Kind.WhiteSpace;
        return Letters.IsLetter(rune) ? Kind.Letter
            : Letters.IsNumber(rune) ? Kind.Number
            : Letters.IsWhiteSpace(rune) ? Kind.WhiteSpace
            : Kind.Other;
    }

    private enum Kind
    {
        Letter,
        Number,
        WhiteSpace,
        Other,
    }
}
