using System.Numerics;
using System.Text.Json;
using SkiaSharp;

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
        string indexPath = Path.Combine(folder, "index.json");
        if (!File.Exists(indexPath))
            throw new DarkroomException(ErrorKind.NotFound, "The pictures that scenes are composed from are not here (index.json is missing).", folder,
                "Name the folder data/emoji of Darkroom's repository with --data.");
        var (columns, places) = ReadIndex(indexPath);

        var missing = SceneVocabulary.Objects.Where(o => !places.ContainsKey(o.Label)).Select(o => o.Label).ToList();
        if (missing.Count > 0)
            throw new DarkroomException(ErrorKind.BadFile, $"No picture is labelled {string.Join(", ", missing)}.", indexPath);

        return [.. SceneVocabulary.Styles.SelectMany(style =>
        {
            using var sheet = ReadSheet(Path.Combine(folder, style + ".webp"));
            return SceneVocabulary.Objects.Select(o => Cut(sheet, places[o.Label], columns, style, folder)).ToList();
        })];
    }

    private static (int Columns, Dictionary<string, int> Places) ReadIndex(string path)
    {
        try
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(path));
            int cell = index.RootElement.GetProperty("cell").GetInt32();
            int columns = index.RootElement.GetProperty("columns").GetInt32();
            if (cell != Sprite.Edge || columns is < 1 or > 1024) throw new InvalidDataException($"cell {cell}, columns {columns}");
            var places = new Dictionary<string, int>(StringComparer.Ordinal);
            int at = 0;
            foreach (var item in index.RootElement.GetProperty("items").EnumerateArray()) places[item.GetProperty("label").GetString()!] = at++;
            return (columns, places);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or InvalidDataException)
        {
            throw new DarkroomException(ErrorKind.BadFile, "This is not an index of emoji sheets.", path, inner: e);
        }
    }

    private static SKBitmap ReadSheet(string path)
    {
        if (!File.Exists(path)) throw new DarkroomException(ErrorKind.NotFound, "A sheet of pictures is missing.", path);
        using var codec = SKCodec.Create(path) ?? throw new DarkroomException(ErrorKind.BadFile, "This is not a picture.", path);
        var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result == SKCodecResult.Success) return bitmap;
        bitmap.Dispose();
        throw new DarkroomException(ErrorKind.BadFile, $"The picture can't be decoded ({result}).", path);
    }

    private static Sprite Cut(SKBitmap sheet, int place, int columns, string style, string folder)
    {
        int left = place % columns * Sprite.Edge, top = place / columns * Sprite.Edge;
        if (left + Sprite.Edge > sheet.Width || top + Sprite.Edge > sheet.Height)
            throw new DarkroomException(ErrorKind.BadFile, $"The sheet is too small for picture {place}.", Path.Combine(folder, style + ".webp"));
        var bytes = sheet.GetPixelSpan();
        var pixels = new Vector4[Sprite.Edge * Sprite.Edge];
        for (int y = 0; y < Sprite.Edge; y++)
        {
            for (int x = 0; x < Sprite.Edge; x++)
            {
                var rgba = bytes.Slice((top + y) * sheet.RowBytes + 4 * (left + x), 4);
                float alpha = rgba[3] / 255f;
                pixels[y * Sprite.Edge + x] = new Vector4(rgba[0] / 255f * alpha, rgba[1] / 255f * alpha, rgba[2] / 255f * alpha, alpha);
            }
        }
        return new Sprite(pixels);
    }
}
