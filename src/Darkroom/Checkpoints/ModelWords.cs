using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Darkroom.Checkpoints;

/// <summary>A group of words of one kind.</summary>
/// <param name="Name">The kind: "objects".</param>
/// <param name="Words">Words, or terms of several words ("palm tree").</param>
public sealed record WordGroup(string Name, IReadOnlyList<string> Words);

/// <summary>The words that the captions of a model's training were made of. The file <c>words.json</c> of a model folder, a list for each group.</summary>
/// <remarks>Any other word is spelled by the tokenizer all the same, but the model never saw a picture of it.</remarks>
public sealed partial class ModelWords
{
    /// <summary>The file's name.</summary>
    public const string FileName = "words.json";

    private const int MostTerms = 100_000;
    private const int LongestTerm = 200;

    private readonly HashSet<string> _words;

    /// <summary>Words by group; the first group is what the pictures are of.</summary>
    public ModelWords(IReadOnlyList<WordGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Groups = groups;
        _words = groups.SelectMany(g => g.Words).SelectMany(Split).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The groups, in the order of the file.</summary>
    public IReadOnlyList<WordGroup> Groups { get; }

    /// <summary>The words of a text that the training never saw, each once, in the text's order. Numbers and signs are no words.</summary>
    public IReadOnlyList<string> UnknownIn(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. Split(text).Where(word => !_words.Contains(word)).Distinct()];
    }

    /// <summary>The known word that was probably meant, or null.</summary>
    public string? Nearest(string word) => Suggestion.For(word, _words.Order(StringComparer.Ordinal));

    /// <summary>The words of a text in lower case; "'s" at the end of one is left out.</summary>
    internal static IEnumerable<string> Split(string text) => Word().Matches(text).Select(m => m.Groups[1].Value.ToLowerInvariant());

    /// <summary>Reads an object of lists.</summary>
    /// <exception cref="DarkroomException">BadFile: it is none, or too large.</exception>
    internal static ModelWords FromJson(JsonElement json, string path)
    {
        var groups = new List<WordGroup>();
        int terms = 0;
        foreach (var entry in json.EnumerateObject())
        {
            bool isList = entry.Value.ValueKind == JsonValueKind.Array && entry.Name.Length is > 0 and <= LongestTerm
                && (terms += entry.Value.GetArrayLength()) <= MostTerms
                && entry.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String && item.GetString()!.Length <= LongestTerm);
            if (!isList) throw new DarkroomException(ErrorKind.BadFile, "A list of words has lists of texts, and at most 100000 of them.", path);
            groups.Add(new WordGroup(entry.Name, [.. entry.Value.EnumerateArray().Select(item => item.GetString()!)]));
        }
        if (groups.Count == 0) throw new DarkroomException(ErrorKind.BadFile, "There are no words in it.", path);
        return new ModelWords(groups);
    }

    internal JsonObject ToJson() =>
        new(Groups.Select(g => KeyValuePair.Create(g.Name, (JsonNode?)new JsonArray([.. g.Words.Select(word => JsonValue.Create(word))]))));

    // Letters with digits among them; an apostrophe within a word belongs to it, a genitive's ending does not.
    [GeneratedRegex(@"(?=\p{N}*\p{L})([\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|['’](?!s\b)(?=\p{L}))*)(?:['’]s\b)?")]
    private static partial Regex Word();
}
