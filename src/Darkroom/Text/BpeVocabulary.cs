using System.Text;

namespace Darkroom.Text;

/// <summary>A rule of byte-pair encoding: these two neighbouring tokens become one.</summary>
/// <param name="Left">Text of the left token, in byte letters; the last token of a word ends in <c>&lt;/w&gt;</c>.</param>
/// <param name="Right">Text of the right token.</param>
public readonly record struct BpeMerge(string Left, string Right);

/// <summary>
/// A byte-level byte-pair vocabulary of CLIP's kind: tokens with ids, merges by rank, and the special tokens. It is immutable.
/// </summary>
/// <remarks>Sennrich et al. 2016, arXiv:1508.07909; over bytes as in Radford et al. 2019, with <c>&lt;/w&gt;</c> at the end of a word as in CLIP.</remarks>
public sealed class BpeVocabulary
{
    /// <summary>The mark at the end of the last token of a word.</summary>
    public const string EndOfWord = "</w>";

    /// <summary>CLIP's start token.</summary>
    public const string ClipStart = "<|startoftext|>";

    /// <summary>CLIP's end token.</summary>
    public const string ClipEnd = "<|endoftext|>";

    /// <summary>How many of the merges in OpenAI's file CLIP uses: 49,152 - 256 - 2.</summary>
    private const int ClipMergeCount = 48894;

    private static readonly Lazy<BpeVocabulary> ClipVocabulary = new(() => FromMerges(ClipMerges(), ClipMergeCount));

    private readonly string[] _tokens;
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<ulong, int> _ranks;
    private readonly int[] _merged;
    private readonly int[] _byteIds = new int[256];
    private readonly int[] _lastByteIds = new int[256];

    /// <summary>A vocabulary from its parts.</summary>
    /// <param name="tokens">Token texts; index = id.</param>
    /// <param name="merges">Merges; index = rank, the lowest is applied first.</param>
    /// <param name="startToken">Text of the token before a prompt; must be among the tokens.</param>
    /// <param name="endToken">Text of the token after a prompt; must be among the tokens.</param>
    /// <exception cref="DarkroomException">BadFile: doubled or empty tokens, a merge whose parts or result are missing, a byte without a token;
    /// the first problems of each kind are listed.</exception>
    public BpeVocabulary(IReadOnlyList<string> tokens, IReadOnlyList<BpeMerge> merges, string startToken = ClipStart, string endToken = ClipEnd)
        : this([.. tokens], merges, merges.Count, startToken, endToken)
    {
    }

    private BpeVocabulary(string[] tokens, IEnumerable<BpeMerge> merges, int mergeCount, string startToken, string endToken)
    {
        var problems = new List<Problem>();
        _tokens = tokens;
        _ids = new Dictionary<string, int>(_tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < _tokens.Length; id++)
            if (_tokens[id].Length == 0)
                problems.Add(new Problem($"The token of id {id} is empty."));
            else if (!_ids.TryAdd(_tokens[id], id))
                problems.Add(new Problem($"The token {Shown(_tokens[id])} has two ids, {_ids[_tokens[id]]} and {id}."));
        _ranks = new Dictionary<ulong, int>(mergeCount);
        _merged = new int[mergeCount];
        int rank = 0;
        foreach (var merge in merges)
        {
            bool known = _ids.TryGetValue(merge.Left, out int left) & _ids.TryGetValue(merge.Right, out int right);
            if (!(known & _ids.TryGetValue(merge.Left + merge.Right, out _merged[rank])))
                problems.Add(new Problem($"Merge {rank}, {Shown(merge.Left)} {Shown(merge.Right)}, has a part or a result that is no token."));
            else if (!_ranks.TryAdd(Key(left, right), rank))
                problems.Add(new Problem($"Merge {rank}, {Shown(merge.Left)} {Shown(merge.Right)}, is listed twice."));
            rank++;
        }
        for (int value = 0; value < 256; value++)
        {
            string letter = ByteLetters.Of((byte)value).ToString();
            if (!(_ids.TryGetValue(letter, out _byteIds[value]) & _ids.TryGetValue(letter + EndOfWord, out _lastByteIds[value])))
                problems.Add(new Problem($"Byte {value} has no token {letter} or no token {letter}{EndOfWord}."));
        }
        StartId = Special(startToken, problems);
        EndId = Special(endToken, problems);
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, Shortened(problems));
    }

    /// <summary>The vocabulary of CLIP (49,408 tokens), which all published Stable Diffusion checkpoints use; read once, when first asked for.</summary>
    public static BpeVocabulary Clip => ClipVocabulary.Value;

    /// <summary>How many tokens there are; ids are 0 to Count - 1.</summary>
    public int Count => _tokens.Length;

    /// <summary>Id of the token before a prompt.</summary>
    public int StartId { get; }

    /// <summary>Id of the token after a prompt.</summary>
    public int EndId { get; }

    /// <summary>Token texts in byte letters; index = id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The merges in order of rank.</summary>
    public IEnumerable<BpeMerge> Merges => _ranks.OrderBy(r => r.Value)
        .Select(r => new BpeMerge(_tokens[(int)(r.Key >> 32)], _tokens[(int)(r.Key & uint.MaxValue)]));

    /// <summary>A vocabulary in CLIP's order of ids: the 256 byte letters, the same at the end of a word, the merges, start, end.</summary>
    /// <param name="merges">Merges; index = rank.</param>
    /// <exception cref="DarkroomException">BadFile: a merge of parts that no merge before it makes, or a doubled merge.</exception>
    public static BpeVocabulary FromMerges(IReadOnlyList<BpeMerge> merges) => FromMerges(merges, merges.Count);

    /// <summary>The id of a token; false where there is none.</summary>
    public bool TryGetId(string token, out int id) => _ids.TryGetValue(token, out id);

    /// <summary>The text that tokens stand for: bytes back to UTF-8, a blank after the end of each word; special tokens are written out.</summary>
    /// <remarks>Bytes that are no UTF-8 become U+FFFD.</remarks>
    /// <exception cref="DarkroomException">InvalidRequest: an id outside the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            if (id < 0 || id >= Count)
                throw new DarkroomException(ErrorKind.InvalidRequest, $"Token id {id} is outside the vocabulary of {Count} tokens.");
            string token = _tokens[id];
            bool special = id == StartId || id == EndId;
            bool ends = !special && token.EndsWith(EndOfWord, StringComparison.Ordinal);
            foreach (char letter in ends ? token[..^EndOfWord.Length] : token)
                if (!special && ByteLetters.TryGetByte(letter, out byte value)) bytes.Add(value);
                else bytes.AddRange(Encoding.UTF8.GetBytes(letter.ToString()));
            if (ends) bytes.Add((byte)' ');
        }
        return Encoding.UTF8.GetString([.. bytes]).TrimEnd(' ');
    }

    /// <summary>Id of a byte: inside a word, or as its last byte.</summary>
    internal int ByteId(byte value, bool last) => last ? _lastByteIds[value] : _byteIds[value];

    /// <summary>Rank and resulting id of a merge of two neighbours; false where there is none.</summary>
    internal bool TryMerge(int left, int right, out int rank, out int merged)
    {
        bool found = _ranks.TryGetValue(Key(left, right), out rank);
        merged = found ? _merged[rank] : -1;
        return found;
    }

    private static BpeVocabulary FromMerges(IEnumerable<BpeMerge> merges, int count)
    {
        List<string> letters = [.. ByteLetters.InVocabularyOrder.Select(b => ByteLetters.Of(b).ToString())];
        List<BpeMerge> kept = [.. merges.Take(count)];
        string[] tokens = [.. letters, .. letters.Select(l => l + EndOfWord), .. kept.Select(m => m.Left + m.Right), ClipStart, ClipEnd];
        return new BpeVocabulary(tokens, kept, kept.Count, ClipStart, ClipEnd);
    }

    private static IEnumerable<BpeMerge> ClipMerges()
    {
        using var reader = TextData.Open("bpe_simple_vocab_16e6.txt.gz");
        reader.ReadLine();                                      // the header
        while (reader.ReadLine() is { } line)
        {
            int blank = line.IndexOf(' ');
            yield return new BpeMerge(line[..blank], line[(blank + 1)..]);
        }
    }

    private int Special(string token, List<Problem> problems)
    {
        if (!_ids.TryGetValue(token, out int id)) problems.Add(new Problem($"The special token {Shown(token)} is not in the vocabulary."));
        return id;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private static string Shown(string token) => token.Length <= 40 ? $"\"{token}\"" : $"\"{token[..40]}...\"";

    private static List<Problem> Shortened(List<Problem> problems)
    {
        const int most = 20;
        return problems.Count <= most ? problems : [.. problems[..most], new Problem($"There are {problems.Count - most} more problems of these kinds.")];
    }
}
