using System.Numerics;
using System.Text.Json;
using Darkroom.Training.Data.Emoji;

namespace Darkroom.Training.Data.Scenes;

/// <summary>One object's picture in one style.</summary>
/// <param name="Pixels">Edge * Edge pixels, (r, g, b, alpha) in [0, 1], premultiplied, rows first.</param>
internal sealed record Sprite(Vector4[] Pixels)
{
    /// <summary>Width and height.</summary>
    public const int Edge = 128;
}

/// <summary>Reads data/emoji: index.json and one sheet for each style.</summary>
internal static class EmojiSheets
{
    /// <summary>The pictures of the vocabulary's objects, [style * objects + object].</summary>
    public static Sprite[] Read(string folder)
    {
        var (columns, objects) = ReadIndex(folder);
        var places = objects.Select((o, i) => (o.Label, i)).ToDictionary(o => o.Label, o => o.i, StringComparer.Ordinal);
        var missing = SceneVocabulary.Objects.Where(o => !places.ContainsKey(o.Label)).Select(o => o.Label).ToList();
        if (missing.Count > 0)
            throw new DarkroomException(ErrorKind.BadFile, $"No picture is labelled {string.Join(", ", missing)}.", folder);

        return [.. SceneVocabulary.Styles.SelectMany(style =>
        {
            var sheet = new EmojiSheet(folder, style, columns, objects.Count);
            return SceneVocabulary.Objects.Select(o => sheet.Cut(places[o.Label])).ToList();
        })];
    }

    /// <summary>How many pictures stand in a row of a sheet, and which, in their order.</summary>
    /// <exception cref="DarkroomException">NotFound: no index here. BadFile: it is not an index of emoji sheets.</exception>
    public static (int Columns, IReadOnlyList<EmojiObject> Objects) ReadIndex(string folder)
    {
        string path = Path.Combine(folder, "index.json");
        if (!File.Exists(path))
            throw new DarkroomException(ErrorKind.NotFound, "The emoji pictures are not here (index.json is missing).", folder,
                "Name the folder data/emoji of Darkroom's repository (--set data.path=FOLDER).");
        try
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(path));
            int cell = index.RootElement.GetProperty("cell").GetInt32();
            int columns = index.RootElement.GetProperty("columns").GetInt32();
            if (cell != Sprite.Edge || columns is < 1 or > 1024) throw new InvalidDataException($"cell {cell}, columns {columns}");
            string Text(JsonElement item, string name) => item.GetProperty(name).GetString() ?? throw new InvalidDataException($"{name} is null");
            List<EmojiObject> objects = [.. index.RootElement.GetProperty("items").EnumerateArray()
                .Select(item => new EmojiObject(Text(item, "label"), Text(item, "group"), Text(item, "subgroup")))];
            if (objects.DistinctBy(o => o.Label).Count() < objects.Count) throw new InvalidDataException("a label stands twice");
            return (columns, objects);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new DarkroomException(ErrorKind.BadFile, "This is not an index of emoji sheets.", path, inner: e);
        }
    }
}
