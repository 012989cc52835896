using System.Globalization;
using System.Text;
using Darkroom.Text.Cleaning;
using Darkroom.Text.Unicode;

namespace Darkroom.Text;

/// <summary>BERT's uncased WordPiece tokenizer, as the first latent-diffusion text-to-image model has it: rows of 77, filled with 0.</summary>
/// <remarks>
/// Devlin et al. 2019, arXiv:1810.04805; each word is taken apart from its start into the longest entries there are, and is unknown as a
/// whole where that fails. Immutable; may be used from several threads.
/// </remarks>
public sealed class WordPieceTokenizer : ITextTokenizer
{
    private const string Continuation = "##";
    private const int LongestWord = 100;

    private static readonly string[] SpecialEntries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private static readonly Lazy<WordPieceTokenizer> Uncased = new(() => new WordPieceTokenizer([.. TextData.Lines("bert-vocab.txt.gz", comments: false)]));

    private readonly string[] _entries;
    private readonly Dictionary<string, int> _ids;
    private readonly int _longestEntry;
    private readonly int _unknownId;
    private readonly LiteralTokens _literals;

    /// <summary>A tokenizer over a vocabulary.</summary>
    /// <param name="entries">Entries, index = id; continuations of words start with ##; must hold [PAD], [UNK], [CLS] and [SEP].</param>
    /// <param name="rowLength">Length of a row with start and end, at least 3.</param>
    /// <exception cref="DarkroomException">BadFile: doubled or missing entries; InvalidRequest: a row too short.</exception>
    public WordPieceTokenizer(IReadOnlyList<string> entries, int rowLength = 77)
    {
        if (rowLength < 3) throw new DarkroomException(ErrorKind.InvalidRequest, $"A row of {rowLength} tokens has no room for a token between start and end.");
        var problems = new List<Problem>();
        _entries = [.. entries];
        _ids = new Dictionary<string, int>(_entries.Length, StringComparer.Ordinal);
        for (int id = 0; id < _entries.Length; id++)
            if (!_ids.TryAdd(_entries[id], id)) problems.Add(new Problem($"The entry \"{_entries[id]}\" has two ids, {_ids[_entries[id]]} and {id}."));
        PaddingId = Special("[PAD]");
        _unknownId = Special("[UNK]");
        StartId = Special("[CLS]");
        EndId = Special("[SEP]");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, problems.Count <= 20 ? problems : problems[..20]);
        _longestEntry = _entries.Max(e => e.Length);
        _literals = new LiteralTokens(SpecialEntries.Where(_ids.ContainsKey).ToDictionary(l => l, l => _ids[l]));
        RowLength = rowLength;

        int Special(string entry)
        {
            if (!_ids.TryGetValue(entry, out int id)) problems.Add(new Problem($"The vocabulary has no entry {entry}."));
            return id;
        }
    }

    /// <summary>The tokenizer of bert-base-uncased with its 30,522 entries; read once, when first asked for.</summary>
    public static WordPieceTokenizer Bert => Uncased.Value;

    /// <inheritdoc/>
    public int StartId { get; }

    /// <inheritdoc/>
    public int EndId { get; }

    /// <inheritdoc/>
    public int PaddingId { get; }

    /// <inheritdoc/>
    public int RowLength { get; }

    /// <inheritdoc/>
    public int VocabularySize => _entries.Length;

    /// <summary>Reads a vocabulary file: one entry a line, line number = id.</summary>
    /// <exception cref="DarkroomException">NotFound; BadFile: not such a file.</exception>
    public static WordPieceTokenizer Load(string path) => new(TokenizerFiles.Lines(path));

    /// <inheritdoc/>
    public TokenizedText Tokenize(string text)
    {
        var ids = new List<int>();
        var wordOf = new List<int>();
        var words = new List<string>();
        foreach ((string piece, int? special) in _literals.Split(text))
        {
            if (special is { } id) AddWord(piece, id);
            else
                foreach (string word in Words(piece)) AddWord(word, null);
        }
        return new TokenizedText(ids, wordOf, words);

        void AddWord(string word, int? id)
        {
            if (id is { } special) ids.Add(special);
            else AddPieces(word, ids);
            while (wordOf.Count < ids.Count) wordOf.Add(words.Count);
            words.Add(word);
        }
    }

    /// <inheritdoc/>
    public string Decode(IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            if (id < 0 || id >= _entries.Length)
                throw new DarkroomException(ErrorKind.InvalidRequest, $"Token id {id} is outside the vocabulary of {_entries.Length} entries.");
            string entry = _entries[id];
            if (entry.StartsWith(Continuation, StringComparison.Ordinal) && text.Length > 0) text.Append(entry, Continuation.Length, entry.Length - Continuation.Length);
            else text.Append(text.Length > 0 ? " " : "").Append(entry);
        }
        return text.ToString();
    }

    /// <summary>Cleaned words: control characters dropped, ideographs and punctuation on their own, accents off, lower case.</summary>
    private static IEnumerable<string> Words(string text)
    {
        string plain = NormalForms.Decompose(TextCleaner.WithoutControls(text));
        var word = new StringBuilder();
        foreach (var rune in plain.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category == UnicodeCategory.NonSpacingMark) continue;
            bool alone = IsPunctuation(rune, category);
            if ((alone || Letters.IsWhiteSpace(rune)) && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
            if (alone) yield return rune.ToString();
            else if (!Letters.IsWhiteSpace(rune)) Letters.AppendLower(word, rune);
        }
        if (word.Length > 0) yield return word.ToString();
    }

    private static bool IsPunctuation(Rune rune, UnicodeCategory category) => rune.Value < 0x80
        ? rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        : category is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
            or UnicodeCategory.OtherPunctuation;

    private void AddPieces(string word, List<int> ids)
    {
        int first = ids.Count;
        bool known = word.EnumerateRunes().Take(LongestWord + 1).Count() <= LongestWord;
        for (int start = 0; known && start < word.Length;)
        {
            int end = LongestPiece(word, start, out int id);
            known = end > start;
            ids.Add(id);
            start = end;
        }
        if (known) return;
        ids.RemoveRange(first, ids.Count - first);
        ids.Add(_unknownId);
    }

    private int LongestPiece(string word, int start, out int id)
    {
        string prefix = start > 0 ? Continuation : "";
        for (int end = Math.Min(word.Length, start + _longestEntry); end > start; end--)
            if (_ids.TryGetValue(string.Concat(prefix, word.AsSpan(start, end - start)), out id)) return end;
        id = _unknownId;
        return start;
    }
}
