using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Darkroom.Pipelines.Pixels;

/// <summary>Names of classes as transformers and diffusers store them: "id2label": { "0": "cat", ... }.</summary>
internal static class ClassNames
{
    /// <summary>Where they stand.</summary>
    public const string Key = "id2label";

    /// <summary>The value that <see cref="Read"/> reads.</summary>
    public static JsonObject ToJson(IReadOnlyList<string> names) =>
        new(names.Select((name, i) => KeyValuePair.Create(Number(i), (JsonNode?)JsonValue.Create(name))));

    /// <summary>The names; the numbers where there is no list.</summary>
    /// <param name="json">Has id2label, or not.</param>
    /// <param name="count">Classes of the network.</param>
    /// <param name="nullClass">Whether one name less than classes is allowed: the last is the null class.</param>
    /// <exception cref="DarkroomException">BadFile: another number of names.</exception>
    public static IReadOnlyList<string> Read(JsonElement? json, int count, bool nullClass = false)
    {
        if (json is not { ValueKind: JsonValueKind.Object } given || !given.TryGetProperty(Key, out var labels) || labels.ValueKind != JsonValueKind.Object)
            return [.. Enumerable.Range(0, count).Select(Number)];
        var names = Enumerable.Range(0, count)
            .Select(i => labels.TryGetProperty(Number(i), out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null).ToList();
        int named = names.TakeWhile(n => n is not null).Count();
        if (named == count || (nullClass && named == count - 1)) return [.. names.Take(named).OfType<string>()];
        throw new DarkroomException(ErrorKind.BadFile, $"id2label names {named} classes in a row, but the network has {count}{(nullClass ? " (the last may be the null class)" : "")}.",
            Key);
    }

    private static string Number(int i) => i.ToString(CultureInfo.InvariantCulture);
}
