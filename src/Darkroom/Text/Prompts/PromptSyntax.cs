namespace Darkroom.Text.Prompts;

/// <summary>A way of reading prompts: what brackets and long prompts mean.</summary>
public abstract class PromptSyntax
{
    /// <summary>As diffusers: every character is text; what exceeds one row is cut off, and the result says so.</summary>
    public static PromptSyntax Plain { get; } = new PlainPromptSyntax();

    /// <summary>As AUTOMATIC1111's web UI with its default settings: weights, BREAK, as many chunks as the prompt needs.</summary>
    public static PromptSyntax A1111 { get; } = new A1111PromptSyntax();

    /// <summary>The name that users choose it by.</summary>
    public abstract string Name { get; }

    /// <summary>The syntax of a name, <c>plain</c> or <c>a1111</c>.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: any other name.</exception>
    public static PromptSyntax Named(string name) =>
        new[] { Plain, A1111 }.FirstOrDefault(syntax => syntax.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no prompt syntax \"{name}\".", remedy: "Choose plain or a1111.");

    /// <summary>Turns a prompt into rows for a text encoder.</summary>
    /// <param name="prompt">The text; schedules and AND have been taken apart before.</param>
    /// <param name="tokenizer">The encoder's tokenizer.</param>
    /// <param name="embeddings">Trained words that the prompt may name; only the syntax of A1111 looks for them.</param>
    /// <exception cref="DarkroomException">InvalidRequest: the prompt cannot be read.</exception>
    public abstract TokenizedPrompt Tokenize(string prompt, ITextTokenizer tokenizer, IReadOnlyList<EmbeddingWord>? embeddings = null);
}

/// <summary>Prompts as diffusers reads them.</summary>
internal sealed class PlainPromptSyntax : PromptSyntax
{
    public override string Name => "plain";

    public override TokenizedPrompt Tokenize(string prompt, ITextTokenizer tokenizer, IReadOnlyList<EmbeddingWord>? embeddings = null)
    {
        var tokens = tokenizer.Tokenize(prompt);
        int room = tokenizer.RowLength - 2, kept = Math.Min(tokens.Ids.Count, room), rest = tokenizer.RowLength - 2 - kept;
        var chunk = new PromptChunk
        {
            Ids = [tokenizer.StartId, .. tokens.Ids.Take(kept), tokenizer.EndId, .. Enumerable.Repeat(tokenizer.PaddingId, rest)],
            Weights = [.. Enumerable.Repeat(1.0, tokenizer.RowLength)],
            WordOf = [-1, .. tokens.WordOf.Take(kept), .. Enumerable.Repeat(-1, rest + 1)],
        };
        return new TokenizedPrompt
        {
            Chunks = [chunk],
            Words = tokens.Words,
            TokenCount = tokens.Ids.Count,
            TruncatedText = tokens.Ids.Count > room ? tokenizer.Decode(tokens.Ids.Skip(room)) : null,
        };
    }
}

/// <summary>Prompts as A1111 reads them.</summary>
public sealed class A1111PromptSyntax : PromptSyntax
{
    /// <inheritdoc/>
    public override string Name => "a1111";

    /// <summary>If a chunk is full and a comma is at most so many tokens back, what follows the comma goes to the next chunk; 0 never, A1111's default is 20.</summary>
    public int CommaBacktrack { get; init; } = 20;

    /// <summary>Whether brackets and BREAK mean something; A1111's emphasis mode "None" takes them for text.</summary>
    public bool ReadWeights { get; init; } = true;

    /// <inheritdoc/>
    public override TokenizedPrompt Tokenize(string prompt, ITextTokenizer tokenizer, IReadOnlyList<EmbeddingWord>? embeddings = null)
    {
        PromptScanner.CheckLength(prompt);
        IReadOnlyList<WeightedText> pieces = ReadWeights ? PromptAttention.Parse(prompt) : [new WeightedText(prompt, 1)];
        return new PromptChunker(tokenizer, embeddings ?? [], CommaBacktrack).Chunk(pieces);
    }
}
