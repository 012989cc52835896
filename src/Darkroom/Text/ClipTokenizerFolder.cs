using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Darkroom.Text;

/// <summary>
/// Tokenizers in the folder layout of transformers: vocab.json, merges.txt, special_tokens_map.json, tokenizer_config.json; tokenizer.json
/// is read where the first two are missing, as transformers 5 writes them.
/// </summary>
public static class ClipTokenizerFolder
{
    private const string VocabFile = "vocab.json", MergesFile = "merges.txt", MapFile = "special_tokens_map.json",
        ConfigFile = "tokenizer_config.json", FastFile = "tokenizer.json";

    private const int LongestRow = 4096;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads a tokenizer; a folder with settings but without vocabulary gets CLIP's.</summary>
    /// <param name="folder">The folder, named tokenizer or tokenizer_2 in a checkpoint.</param>
    /// <exception cref="DarkroomException">NotFound: no tokenizer file in the folder; BadFile: ids with gaps or doubled, merges of unknown
    /// tokens, bytes or special tokens without id, not JSON, too large.</exception>
    public static ClipTokenizer Load(string folder)
    {
        string PathOf(string name) => Path.Combine(folder, name);
        if (new[] { VocabFile, FastFile, ConfigFile, MapFile }.All(name => !File.Exists(PathOf(name))))
            throw new DarkroomException(ErrorKind.NotFound, "The folder holds no tokenizer.", folder, $"It should have {VocabFile} and {MergesFile}.");
        var settings = new List<JsonElement>();
        foreach (string name in new[] { MapFile, ConfigFile })
            if (File.Exists(PathOf(name))) settings.Add(TokenizerFiles.Json(PathOf(name)));
        string start = TokenSetting(settings, "bos_token") ?? BpeVocabulary.ClipStart, end = TokenSetting(settings, "eos_token") ?? BpeVocabulary.ClipEnd;
        BpeVocabulary vocabulary;
        if (File.Exists(PathOf(VocabFile)))
            vocabulary = Vocabulary(TokenizerFiles.Json(PathOf(VocabFile)), PathOf(VocabFile), ReadMerges(PathOf(MergesFile)), start, end);
        else if (File.Exists(PathOf(FastFile)))
            vocabulary = ReadFast(PathOf(FastFile), start, end);
        else
            vocabulary = BpeVocabulary.Clip;
        string padding = TokenSetting(settings, "pad_token") ?? end;
        if (!vocabulary.TryGetId(padding, out int paddingId))
            throw new DarkroomException(ErrorKind.BadFile, $"The padding token \"{padding}\" is not in the vocabulary.", folder);
        return new ClipTokenizer(vocabulary, TextCleaning.Transformers, paddingId, RowLength(settings));
    }

    /// <summary>Writes a tokenizer in the layout that transformers reads as a CLIPTokenizer; files of these names are replaced.</summary>
    /// <param name="tokenizer">The tokenizer; its cleaning is not part of the layout.</param>
    /// <param name="folder">Made if need be.</param>
    /// <exception cref="DarkroomException">OutputFailed.</exception>
    public static void Save(ClipTokenizer tokenizer, string folder)
    {
        var vocabulary = tokenizer.Vocabulary;
        var special = new JsonObject
        {
            ["bos_token"] = vocabulary.Tokens[vocabulary.StartId],
            ["eos_token"] = vocabulary.Tokens[vocabulary.EndId],
            ["unk_token"] = vocabulary.Tokens[vocabulary.EndId],
            ["pad_token"] = vocabulary.Tokens[tokenizer.PaddingId],
        };
        var config = special.DeepClone().AsObject();
        config["add_prefix_space"] = false;
        config["do_lower_case"] = true;
        config["errors"] = "replace";
        config["model_max_length"] = tokenizer.RowLength;
        config["tokenizer_class"] = "CLIPTokenizer";
        var ids = new JsonObject(vocabulary.Tokens.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)id)));
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, VocabFile), ids.ToJsonString(Compact));
            File.WriteAllText(Path.Combine(folder, MergesFile), "#version: 0.2\n" + string.Concat(vocabulary.Merges.Select(m => $"{m.Left} {m.Right}\n")));
            File.WriteAllText(Path.Combine(folder, MapFile), special.ToJsonString(Readable) + "\n");
            File.WriteAllText(Path.Combine(folder, ConfigFile), config.ToJsonString(Readable) + "\n");
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new DarkroomException(ErrorKind.OutputFailed, $"The tokenizer could not be written: {failed.Message}", folder, inner: failed);
        }
    }

    private static List<BpeMerge> ReadMerges(string path)
    {
        var merges = new List<BpeMerge>();
        foreach (string line in TokenizerFiles.Lines(path))
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal)) continue;
            merges.Add(Merge(line.Split(' '), path));
        }
        return merges;
    }

    private static BpeVocabulary ReadFast(string path, string start, string end)
    {
        var root = TokenizerFiles.Json(path);
        if (!root.TryGetProperty("model", out var model) || !IsObject(model, "vocab", out var vocab)
            || !model.TryGetProperty("merges", out var list) || list.ValueKind != JsonValueKind.Array)
            throw new DarkroomException(ErrorKind.BadFile, "The file has no model with vocab and merges.", path);
        var merges = list.EnumerateArray().Select(merge => merge.ValueKind switch
        {
            JsonValueKind.String => Merge(merge.GetString()!.Split(' '), path),
            JsonValueKind.Array => Merge([.. merge.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.String ? part.GetString()! : "")], path),
            _ => Merge([], path),
        }).ToList();
        return Vocabulary(vocab, path, merges, start, end);
    }

    private static BpeMerge Merge(string[] parts, string path) => parts is [{ Length: > 0 } left, { Length: > 0 } right]
        ? new BpeMerge(left, right)
        : throw new DarkroomException(ErrorKind.BadFile, $"A merge is not two tokens with a blank between them: \"{string.Join(' ', parts)}\".", path);

    private static BpeVocabulary Vocabulary(JsonElement ids, string path, List<BpeMerge> merges, string start, string end)
    {
        var tokens = new string?[ids.EnumerateObject().Count()];
        foreach (var entry in ids.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out int id) || id < 0 || id >= tokens.Length || tokens[id] is not null)
                throw new DarkroomException(ErrorKind.BadFile,
                    $"The id of \"{entry.Name}\" is {entry.Value}; the {tokens.Length} tokens should have the ids 0 to {tokens.Length - 1}, each once.", path);
            tokens[id] = entry.Name;
        }
        try
        {
            return new BpeVocabulary(tokens!, merges, start, end);
        }
        catch (DarkroomException wrong)
        {
            throw new DarkroomException(wrong.Kind, [.. wrong.Problems.Select(p => p with { Where = path })], wrong);
        }
    }

    /// <summary>A special token: a text, or an object with the text as its content.</summary>
    private static string? TokenSetting(List<JsonElement> settings, string name)
    {
        foreach (var setting in settings)
        {
            if (!setting.TryGetProperty(name, out var value)) continue;
            if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content)) value = content;
            if (value.ValueKind == JsonValueKind.String) return value.GetString();
        }
        return null;
    }

    private static int RowLength(List<JsonElement> settings)
    {
        foreach (var setting in settings)
            if (setting.TryGetProperty("model_max_length", out var value) && value.ValueKind == JsonValueKind.Number
                && value.TryGetInt32(out int length) && length is >= 3 and <= LongestRow)
                return length;
        return 77;
    }

    private static bool IsObject(JsonElement parent, string name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind == JsonValueKind.Object;
    }
}
