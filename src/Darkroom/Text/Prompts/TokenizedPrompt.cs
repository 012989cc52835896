namespace Darkroom.Text.Prompts;

/// <summary>Places in a chunk that the vectors of a trained word (textual inversion) take.</summary>
/// <param name="Offset">First place, counted without the start token: row index - 1.</param>
/// <param name="Name">Name of the trained word.</param>
/// <param name="Length">How many vectors it has.</param>
public readonly record struct EmbeddingSlot(int Offset, string Name, int Length);

/// <summary>A trained word that prompts may name: textual inversion.</summary>
/// <param name="Name">The name as written in prompts; capitals don't matter.</param>
/// <param name="Length">How many vectors, and so places in the prompt, it has.</param>
public sealed record EmbeddingWord(string Name, int Length);

/// <summary>One row of ids for the text encoder.</summary>
public sealed record PromptChunk
{
    /// <summary>The ids with start, end and padding: as many as the tokenizer's row is long (77).</summary>
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>The weight of each place; 1 for start, end and padding.</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>For each place the index of the word in <see cref="TokenizedPrompt.Words"/> that it is part of; -1 for start, end and padding.</summary>
    public required IReadOnlyList<int> WordOf { get; init; }

    /// <summary>Places whose vectors come from trained words; their ids are 0.</summary>
    public IReadOnlyList<EmbeddingSlot> Embeddings { get; init; } = [];

    /// <summary>The chunk of an empty prompt.</summary>
    public static PromptChunk Empty(ITextTokenizer tokenizer) => new()
    {
        Ids = [tokenizer.StartId, tokenizer.EndId, .. Enumerable.Repeat(tokenizer.PaddingId, tokenizer.RowLength - 2)],
        Weights = [.. Enumerable.Repeat(1.0, tokenizer.RowLength)],
        WordOf = [.. Enumerable.Repeat(-1, tokenizer.RowLength)],
    };
}

/// <summary>A prompt as rows of ids.</summary>
public sealed record TokenizedPrompt
{
    /// <summary>The rows, at least one. The encoder's outputs of all rows are joined along the tokens.</summary>
    public required IReadOnlyList<PromptChunk> Chunks { get; init; }

    /// <summary>The words of the cleaned prompt in order, those that were cut off included.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>How many places the prompt takes, chunks that were ended early counted in full, as A1111's counter shows it.</summary>
    public required int TokenCount { get; init; }

    /// <summary>The end of the prompt that found no place, cleaned; null where all of it did.</summary>
    public string? TruncatedText { get; init; }

    /// <summary>What a user should be told, in sentences; empty where all is well.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The same with empty chunks added up to a count, so that positive and negative prompt get equally many.</summary>
    public TokenizedPrompt PadTo(int count, ITextTokenizer tokenizer) => count <= Chunks.Count ? this
        : this with { Chunks = [.. Chunks, .. Enumerable.Repeat(PromptChunk.Empty(tokenizer), count - Chunks.Count)] };
}
