using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Darkroom.Runtime;

namespace Darkroom.Training;

/// <summary>Reads the configuration of a training: a JSON file or a preset by name, then changes from the command line.</summary>
public static class ConfigurationFile
{
    private const string PresetPrefix = "Darkroom.Training.Presets.";

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        Converters = { new PrecisionConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Names of the built-in configurations.</summary>
    public static IReadOnlyList<string> Presets { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n => n.StartsWith(PresetPrefix, StringComparison.Ordinal))
            .Select(n => Path.GetFileNameWithoutExtension(n[PresetPrefix.Length..])).Order(StringComparer.Ordinal)];

    /// <summary>Reads a configuration.</summary>
    /// <typeparam name="T">Its record; members that it doesn't have are refused.</typeparam>
    /// <param name="nameOrPath">A preset's name or a file.</param>
    /// <param name="changes">"path.to.member=value"; the value is JSON, or text where it isn't.</param>
    /// <exception cref="DarkroomException">NotFound, or BadFile with the member that is wrong.</exception>
    public static T Read<T>(string nameOrPath, IEnumerable<string>? changes = null)
    {
        string text = Text(nameOrPath);
        try
        {
            var json = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
                ?? throw new JsonException("An object is expected.");
            foreach (string change in changes ?? []) Apply(json, change);
            return json.Deserialize<T>(Options) ?? throw new JsonException("An object is expected.");
        }
        catch (JsonException e)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The configuration is not as it should be: {e.Message}", nameOrPath, inner: e);
        }
    }

    /// <summary>Every setting as JSON, defaults included.</summary>
    public static string Write<T>(T configuration) => JsonSerializer.Serialize(configuration, Options) + "\n";

    private static string Text(string nameOrPath)
    {
        if (Presets.Contains(nameOrPath))
        {
            using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(PresetPrefix + nameOrPath + ".json")!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
        if (File.Exists(nameOrPath)) return File.ReadAllText(nameOrPath);
        throw new DarkroomException(ErrorKind.NotFound, "There is no such configuration file, and no preset of that name.", nameOrPath,
            $"Presets are {string.Join(", ", Presets)}.");
    }

    private static void Apply(JsonObject json, string change)
    {
        int equals = change.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0) throw new DarkroomException(ErrorKind.InvalidRequest, "A change has the form path.to.member=value.", change);
        string[] path = change[..equals].Split('.');
        var at = json;
        foreach (string part in path[..^1])
        {
            if (at[part] is not JsonObject next) at[part] = next = [];
            at = next;
        }
        at[path[^1]] = Value(change[(equals + 1)..]);
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    /// <summary>Precisions by the names that users write: f32, bf16.</summary>
    private sealed class PrecisionConverter : JsonConverter<Precision>
    {
        public override Precision Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? Precisions.Parse(reader.GetString()!) : throw new JsonException("A precision is a text such as f32.");

        public override void Write(Utf8JsonWriter writer, Precision value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name());
    }
}
