using Darkroom.Text.Cleaning;

namespace Darkroom.Text;

/// <summary>CLIP's tokenizer: cleaned, lower-cased text in words, each word in byte pairs.</summary>
/// <remarks>
/// <c>&lt;|startoftext|&gt;</c> and <c>&lt;|endoftext|&gt;</c> written out in the text are those tokens (OpenCLIP has <c>&lt;start_of_text&gt;</c>
/// and <c>&lt;end_of_text&gt;</c> instead). Immutable; may be used from several threads.
/// </remarks>
public sealed class ClipTokenizer : ITextTokenizer
{
    private static readonly Lazy<ClipTokenizer> First = new(() => new ClipTokenizer(BpeVocabulary.Clip));
    private static readonly Lazy<ClipTokenizer> Second = new(() => new ClipTokenizer(BpeVocabulary.Clip, TextCleaning.OpenClip, paddingId: 0));

    private readonly Dictionary<string, int> _specialWords;
    private readonly string[] _blindWords;
    private readonly LiteralTokens _literals;

    /// <summary>A tokenizer over a vocabulary.</summary>
    /// <param name="vocabulary">CLIP's own or another of its kind.</param>
    /// <param name="cleaning">How text is cleaned before it is split.</param>
    /// <param name="paddingId">The id that fills a row; the end token where null, as in Stable Diffusion 1.</param>
    /// <param name="rowLength">Length of a row with start and end, at least 3.</param>
    /// <exception cref="DarkroomException">InvalidRequest: a padding id outside the vocabulary, or a row too short.</exception>
    public ClipTokenizer(BpeVocabulary vocabulary, TextCleaning cleaning = TextCleaning.Transformers, int? paddingId = null, int rowLength = 77)
    {
        var problems = new List<Problem>();
        if (paddingId is { } padding && (padding < 0 || padding >= vocabulary.Count))
            problems.Add(new Problem($"The padding id {padding} is outside the vocabulary of {vocabulary.Count} tokens."));
        if (rowLength < 3) problems.Add(new Problem($"A row of {rowLength} tokens has no room for a token between start and end."));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
        Vocabulary = vocabulary;
        Cleaning = cleaning;
        PaddingId = paddingId ?? vocabulary.EndId;
        RowLength = rowLength;
        string[] literals = cleaning == TextCleaning.OpenClip
            ? ["<start_of_text>", "<end_of_text>"]
            : [vocabulary.Tokens[vocabulary.StartId], vocabulary.Tokens[vocabulary.EndId]];
        _specialWords = new Dictionary<string, int>(StringComparer.Ordinal);
        _specialWords.TryAdd(literals[0], vocabulary.StartId);
        _specialWords.TryAdd(literals[1], vocabulary.EndId);
        // A padding token of its own is taken out of the text too; OpenCLIP pads with id 0, but its "!" is an ordinary sign.
        if (cleaning != TextCleaning.OpenClip && PaddingId != vocabulary.EndId)
            _specialWords.TryAdd(vocabulary.Tokens[PaddingId], PaddingId);
        // The older tokenizers also find their special tokens in the cleaned text, blind to case.
        _blindWords = cleaning == TextCleaning.Transformers ? [] : literals;
        _literals = new LiteralTokens(cleaning == TextCleaning.OpenClip ? new Dictionary<string, int>() : _specialWords);
    }

    /// <summary>The tokenizer of Stable Diffusion 1 and of SDXL's first encoder, as transformers 5 has it; rows are filled with the end token.</summary>
    public static ClipTokenizer Clip => First.Value;

    /// <summary>The tokenizer of Stable Diffusion 2 and of SDXL's second encoder, as OpenCLIP has it; rows are filled with 0.</summary>
    public static ClipTokenizer OpenClip => Second.Value;

    /// <summary>The vocabulary.</summary>
    public BpeVocabulary Vocabulary { get; }

    /// <summary>How text is cleaned.</summary>
    public TextCleaning Cleaning { get; }

    /// <inheritdoc/>
    public int StartId => Vocabulary.StartId;

    /// <inheritdoc/>
    public int EndId => Vocabulary.EndId;

    /// <inheritdoc/>
    public int PaddingId { get; }

    /// <inheritdoc/>
    public int RowLength { get; }

    /// <inheritdoc/>
    public int VocabularySize => Vocabulary.Count;

    /// <inheritdoc/>
    public TokenizedText Tokenize(string text)
    {
        var ids = new List<int>();
        var wordOf = new List<int>();
        var words = new List<string>();
        foreach ((string piece, int? special) in _literals.Split(text))
        {
            if (special is { } id) AddWord(piece, id);
            else AddCleaned(piece);
        }
        return new TokenizedText(ids, wordOf, words);

        void AddCleaned(string piece)
        {
            string cleaned = TextCleaner.Clean(piece, Cleaning);
            foreach (var range in WordSplitter.Split(cleaned, _blindWords, ignoreCase: Cleaning != TextCleaning.Transformers))
            {
                string word = cleaned[range];
                AddWord(word, _blindWords.Contains(word) ? _specialWords[word] : null);
            }
        }

        void AddWord(string word, int? id)
        {
            if (id is { } special) ids.Add(special);
            else BytePairEncoder.Encode(Vocabulary, word, ids);
            while (wordOf.Count < ids.Count) wordOf.Add(words.Count);
            words.Add(word);
        }
    }

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids) => Vocabulary.Decode(ids);
}
