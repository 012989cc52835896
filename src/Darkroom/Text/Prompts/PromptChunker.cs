namespace Darkroom.Text.Prompts;

/// <summary>Lays the tokens of weighted pieces out in chunks, as A1111 does.</summary>
internal sealed class PromptChunker
{
    private readonly ITextTokenizer _tokenizer;
    private readonly int _capacity, _comma, _commaBacktrack;
    private readonly List<(int[] Ids, EmbeddingWord Word)> _embeddings;
    private readonly List<PromptChunk> _chunks = [];
    private readonly List<string> _words = [];
    private List<Place> _places = [];
    private List<EmbeddingSlot> _slots = [];
    private readonly List<string> _warnings = [];
    private int _lastComma = -1, _tokenCount;

    /// <summary>A chunker for one prompt.</summary>
    /// <param name="tokenizer">Its row holds two places more than a chunk.</param>
    /// <param name="embeddings">Trained words; of two that fit at a place the one of more tokens is taken.</param>
    /// <param name="commaBacktrack">If a chunk is full and a comma is at most so many places back, what follows the comma moves to the next chunk; 0: never.</param>
    public PromptChunker(ITextTokenizer tokenizer, IReadOnlyList<EmbeddingWord> embeddings, int commaBacktrack)
    {
        _tokenizer = tokenizer;
        _capacity = tokenizer.RowLength - 2;
        _commaBacktrack = commaBacktrack;
        _comma = tokenizer.Tokenize(",").Ids is [var comma] ? comma : -1;
        _embeddings = [.. embeddings.Select(e => (Ids: tokenizer.Tokenize(e.Name).Ids.ToArray(), Word: e))
            .Where(e => e.Ids.Length > 0).OrderByDescending(e => e.Ids.Length)];
        foreach (var (_, word) in _embeddings)
            if (word.Length < 1 || word.Length > _capacity)
                throw new DarkroomException(ErrorKind.InvalidRequest, $"The trained word {word.Name} has {word.Length} vectors; a chunk has {_capacity} places.");
    }

    /// <summary>The chunks of a prompt.</summary>
    public TokenizedPrompt Chunk(IReadOnlyList<WeightedText> pieces)
    {
        foreach (var piece in pieces)
        {
            if (piece.IsBreak)
            {
                EndChunk();
                continue;
            }
            if (piece.Text == WeightedText.BreakWord)
                _warnings.Add("BREAK inside weighted brackets is read as a word; close the brackets before it.");
            AddPiece(piece);
        }
        if (_places.Count > 0 || _chunks.Count == 0)
        {
            int used = _places.Count;
            EndChunk();
            _tokenCount += used - _capacity;
        }
        return new TokenizedPrompt { Chunks = _chunks, Words = _words, TokenCount = _tokenCount, Warnings = _warnings };
    }

    private void AddPiece(WeightedText piece)
    {
        var tokens = _tokenizer.Tokenize(piece.Text);
        int firstWord = _words.Count;
        _words.AddRange(tokens.Words);
        int[] ids = [.. tokens.Ids];
        for (int at = 0; at < ids.Length;)
        {
            if (ids[at] == _comma) _lastComma = _places.Count;
            else if (IsFull && _lastComma >= 0 && _places.Count - _lastComma <= _commaBacktrack) MoveAfterComma();
            if (IsFull) EndChunk();
            int word = firstWord + tokens.WordOf[at];
            if (EmbeddingAt(ids.AsSpan(at)) is not { Word: { } embedding, Ids: var name })
            {
                _places.Add(new Place(ids[at++], piece.Weight, word));
                continue;
            }
            if (_places.Count + embedding.Length > _capacity) EndChunk();
            _slots.Add(new EmbeddingSlot(_places.Count, embedding.Name, embedding.Length));
            _places.AddRange(Enumerable.Repeat(new Place(0, piece.Weight, word), embedding.Length));
            at += name.Length;
        }
    }

    private bool IsFull => _places.Count == _capacity;

    private (int[] Ids, EmbeddingWord Word)? EmbeddingAt(ReadOnlySpan<int> ids)
    {
        foreach (var embedding in _embeddings)
            if (ids.StartsWith(embedding.Ids)) return embedding;
        return null;
    }

    // A1111 moves the places of a trained word, but not its vectors; to give the same picture so do we, and say it.
    private void MoveAfterComma()
    {
        int kept = _lastComma + 1;
        foreach (var slot in _slots.Where(slot => slot.Offset >= kept))
            _warnings.Add($"The trained word {slot.Name} moves to the next chunk together with the text after a comma, and has no effect there; put BREAK before it.");
        var moved = _places[kept..];
        _places.RemoveRange(kept, moved.Count);
        EndChunk();
        _places = moved;
    }

    private void EndChunk()
    {
        _tokenCount += _capacity;
        int[] ids = [_tokenizer.StartId, .. _places.Select(p => p.Id), .. Enumerable.Repeat(_tokenizer.EndId, _capacity + 1 - _places.Count)];
        // Encoders with a padding id of their own get it after the first end token, also after one that is written out in the prompt.
        ids.AsSpan(Array.IndexOf(ids, _tokenizer.EndId) + 1).Fill(_tokenizer.PaddingId);
        int rest = ids.Length - 1 - _places.Count;
        _chunks.Add(new PromptChunk
        {
            Ids = ids,
            Weights = [1, .. _places.Select(p => p.Weight), .. Enumerable.Repeat(1.0, rest)],
            WordOf = [-1, .. _places.Select(p => p.Word), .. Enumerable.Repeat(-1, rest)],
            Embeddings = _slots,
        });
        _places = [];
        _slots = [];
        _lastComma = -1;
    }

    private readonly record struct Place(int Id, double Weight, int Word);
}
