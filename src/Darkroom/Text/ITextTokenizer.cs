namespace Darkroom.Text;

/// <summary>Turns text into the ids that a text encoder reads.</summary>
public interface ITextTokenizer
{
    /// <summary>Id of the token before a prompt.</summary>
    int StartId { get; }

    /// <summary>Id of the token after a prompt.</summary>
    int EndId { get; }

    /// <summary>Id that fills a row up to its length.</summary>
    int PaddingId { get; }

    /// <summary>Length of a row with start and end; 77 for all published text encoders of Stable Diffusion.</summary>
    int RowLength { get; }

    /// <summary>How many ids there are.</summary>
    int VocabularySize { get; }

    /// <summary>The tokens of a text without start and end, of any length, with the word that each came from.</summary>
    /// <param name="text">Any text; unpaired surrogates count as U+FFFD.</param>
    TokenizedText Tokenize(string text);

    /// <summary>The text that ids stand for, as far as cleaning kept it.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: an id outside the vocabulary.</exception>
    string Decode(IEnumerable<int> ids);
}

/// <summary>The tokens of one text, without start and end.</summary>
/// <param name="Ids">The ids.</param>
/// <param name="WordOf">For each token, which of the words it is part of.</param>
/// <param name="Words">The words of the cleaned text, in order.</param>
public sealed record TokenizedText(IReadOnlyList<int> Ids, IReadOnlyList<int> WordOf, IReadOnlyList<string> Words);

/// <summary>Rows made of tokens.</summary>
public static class TextTokenizerExtensions
{
    /// <summary>The ids of a text between start and end; with a length, cut to it (the end stays), but not filled.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">Any text.</param>
    /// <param name="longest">The most ids to return, at least 2; null for all.</param>
    public static int[] Encode(this ITextTokenizer tokenizer, string text, int? longest = null)
    {
        var ids = tokenizer.Tokenize(text).Ids;
        int kept = longest is { } most ? Math.Min(ids.Count, most - 2) : ids.Count;
        return [tokenizer.StartId, .. ids.Take(kept), tokenizer.EndId];
    }

    /// <summary>The row of a text as the text encoder reads it: start, tokens, end, filled with the padding id; cut where it is too long.</summary>
    public static int[] Row(this ITextTokenizer tokenizer, string text)
    {
        var ids = tokenizer.Encode(text, tokenizer.RowLength);
        return [.. ids, .. Enumerable.Repeat(tokenizer.PaddingId, tokenizer.RowLength - ids.Length)];
    }
}
