using System.Text.Json;

namespace Darkroom.Cli.Options;

/// <summary>One darkroom.json: values by key, for every command and for single ones.</summary>
internal sealed class SettingsFile
{
    private readonly Dictionary<string, string> _common = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _ofCommand = new(StringComparer.Ordinal);

    private SettingsFile(string path) => Path = path;

    public string Path { get; }

    /// <summary>Reads a file; what is wrong with it is added to <paramref name="problems"/>.</summary>
    public static SettingsFile Read(string path, int longest, List<Problem> problems)
    {
        var file = new SettingsFile(System.IO.Path.GetFullPath(path));
        try
        {
            if (new FileInfo(path).Length > longest)
            {
                problems.Add(new Problem($"The configuration file is larger than {longest} bytes.", path));
                return file;
            }
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions
            {
                MaxDepth = 4,
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                AllowDuplicateProperties = false,
            });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add(new Problem("A configuration file holds one JSON object.", path, "Such as {\"model\": \"v1-5.safetensors\", \"steps\": 30}."));
                return file;
            }
            foreach (var entry in document.RootElement.EnumerateObject())
            {
                if (entry.Value.ValueKind == JsonValueKind.Object)
                {
                    var values = file._ofCommand[entry.Name] = new Dictionary<string, string>(StringComparer.Ordinal);
                    foreach (var inner in entry.Value.EnumerateObject()) file.Take(values, inner, entry.Name + ".", problems);
                }
                else
                {
                    file.Take(file._common, entry, "", problems);
                }
            }
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            problems.Add(new Problem($"The configuration file cannot be read: {error.Message}", path));
        }
        return file;
    }

    /// <summary>The value of a key for a command, or null.</summary>
    public string? Find(string commandName, string key) =>
        _ofCommand.TryGetValue(commandName, out var own) && own.TryGetValue(key, out string? value) ? value : _common.GetValueOrDefault(key);

    /// <summary>A problem for each key that no command has.</summary>
    public IEnumerable<Problem> UnknownKeys(IReadOnlyDictionary<string, IReadOnlyCollection<string>> commands)
    {
        var everywhere = commands.Values.SelectMany(keys => keys).Distinct().ToList();
        foreach (string key in _common.Keys.Where(k => !everywhere.Contains(k)))
            yield return new Problem($"There is no setting '{key}'.", Path, Suggestion.Question(key, everywhere));
        foreach (var (name, values) in _ofCommand)
        {
            if (!commands.TryGetValue(name, out var keys))
            {
                yield return new Problem($"There is no command '{name}'.", Path, Suggestion.Question(name, commands.Keys));
                continue;
            }
            foreach (string key in values.Keys.Where(k => !keys.Contains(k)))
                yield return new Problem($"The command {name} has no setting '{key}'.", Path, Suggestion.Question(key, keys));
        }
    }

    private void Take(Dictionary<string, string> values, JsonProperty entry, string prefix, List<Problem> problems)
    {
        string? text = entry.Value.ValueKind switch
        {
            JsonValueKind.String => entry.Value.GetString(),
            JsonValueKind.Number => entry.Value.GetRawText(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            _ => null,
        };
        if (text is null) problems.Add(new Problem($"The setting '{prefix}{entry.Name}' is neither a text, a number, true nor false.", Path));
        else values[entry.Name] = text;
    }
}
