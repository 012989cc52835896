using System.Numerics;
using Darkroom.Training.Data.Scenes;
using SkiaSharp;

namespace Darkroom.Training.Data.Emoji;

/// <summary>The sheet of one style, kept as bytes; pictures are cut out of it when they are asked for.</summary>
internal sealed class EmojiSheet
{
    private readonly byte[] _pixels; // RGBA, straight alpha
    private readonly int _rowBytes;
    private readonly int _columns;

    /// <summary>Reads a sheet.</summary>
    /// <param name="folder">Where it lies.</param>
    /// <param name="style">Its name without extension.</param>
    /// <param name="columns">Pictures in a row.</param>
    /// <param name="count">Pictures that must be there.</param>
    /// <exception cref="DarkroomException">The sheet is missing, not a picture, or too small.</exception>
    public EmojiSheet(string folder, string style, int columns, int count)
    {
        string path = Path.Combine(folder, style + ".webp");
        using var sheet = Read(path);
        int rows = (count + columns - 1) / columns;
        if (Math.Min(count, columns) * Sprite.Edge > sheet.Width || rows * Sprite.Edge > sheet.Height)
            throw new DarkroomException(ErrorKind.BadFile, $"The sheet is too small for {count} pictures.", path);
        (_pixels, _rowBytes, _columns) = (sheet.GetPixelSpan().ToArray(), sheet.RowBytes, columns);
    }

    /// <summary>Picture number <paramref name="place"/>.</summary>
    public Sprite Cut(int place)
    {
        int left = place % _columns * Sprite.Edge, top = place / _columns * Sprite.Edge;
        var pixels = new Vector4[Sprite.Edge * Sprite.Edge];
        for (int y = 0; y < Sprite.Edge; y++)
        {
            var row = _pixels.AsSpan((top + y) * _rowBytes + 4 * left, 4 * Sprite.Edge);
            for (int x = 0; x < Sprite.Edge; x++)
            {
                float alpha = row[4 * x + 3] / 255f;
                pixels[y * Sprite.Edge + x] = new Vector4(row[4 * x] / 255f * alpha, row[4 * x + 1] / 255f * alpha, row[4 * x + 2] / 255f * alpha, alpha);
            }
        }
        return new Sprite(pixels);
    }

    private static SKBitmap Read(string path)
    {
        if (!File.Exists(path)) throw new DarkroomException(ErrorKind.NotFound, "A sheet of pictures is missing.", path);
        using var codec = SKCodec.Create(path) ?? throw new DarkroomException(ErrorKind.BadFile, "This is not a picture.", path);
        var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result == SKCodecResult.Success) return bitmap;
        bitmap.Dispose();
        throw new DarkroomException(ErrorKind.BadFile, $"The picture can't be decoded ({result}).", path);
    }
}
