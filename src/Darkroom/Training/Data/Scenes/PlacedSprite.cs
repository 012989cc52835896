using System.Buffers;
using System.Numerics;

namespace Darkroom.Training.Data.Scenes;

/// <summary>A sprite averaged down to its place in a picture: the pixels it touches, premultiplied.</summary>
internal sealed class PlacedSprite
{
    private readonly AreaWeights _rows;
    private readonly AreaWeights _columns;
    private readonly Vector4[] _pixels;

    private PlacedSprite(AreaWeights rows, AreaWeights columns, Vector4[] pixels) => (_rows, _columns, _pixels) = (rows, columns, pixels);

    /// <summary>Averages a sprite over the pixels of a picture.</summary>
    /// <param name="sprite">The picture.</param>
    /// <param name="edge">Width and height of the picture it goes into.</param>
    /// <param name="left">Where its left end lies, in pixels; may be fractional and outside.</param>
    /// <param name="top">Where its upper end lies.</param>
    /// <param name="size">Its width and height, in pixels.</param>
    public static PlacedSprite Of(Sprite sprite, int edge, float left, float top, float size)
    {
        var columns = new AreaWeights(Sprite.Edge, edge, left, size);
        var rows = new AreaWeights(Sprite.Edge, edge, top, size);

        // Two passes, rows of the sprite first; a pixel is (r, g, b, alpha) premultiplied.
        var narrowed = ArrayPool<Vector4>.Shared.Rent(Sprite.Edge * columns.Count);
        for (int y = 0; y < Sprite.Edge; y++)
        {
            for (int x = 0; x < columns.Count; x++)
            {
                var sum = Vector4.Zero;
                for (int k = columns.First[x]; k < columns.End[x]; k++) sum += sprite.Pixels[y * Sprite.Edge + k] * columns.Weight(x, k);
                narrowed[y * columns.Count + x] = sum;
            }
        }

        var pixels = new Vector4[rows.Count * columns.Count];
        for (int y = 0; y < rows.Count; y++)
        {
            for (int x = 0; x < columns.Count; x++)
            {
                var sum = Vector4.Zero;
                for (int k = rows.First[y]; k < rows.End[y]; k++) sum += narrowed[k * columns.Count + x] * rows.Weight(y, k);
                pixels[y * columns.Count + x] = sum;
            }
        }
        ArrayPool<Vector4>.Shared.Return(narrowed);
        return new PlacedSprite(rows, columns, pixels);
    }

    /// <summary>Lays it over a picture: Porter-Duff over, on pixels stored in [-1, 1].</summary>
    /// <param name="edge">Width and height of the picture.</param>
    /// <param name="pixels">[3, edge, edge], channel by channel.</param>
    /// <param name="coverage">Empty, or [edge, edge], which gets the coverage in [0, 1] where it is above 0.</param>
    public void LayOver(int edge, Span<float> pixels, Span<float> coverage)
    {
        int plane = edge * edge;
        for (int y = 0; y < _rows.Count; y++)
        {
            for (int x = 0; x < _columns.Count; x++)
            {
                var over = _pixels[y * _columns.Count + x];
                if (over.W <= 0) continue;
                int at = (_rows.Start + y) * edge + _columns.Start + x;
                float under = 1 - over.W;
                pixels[at] = Over(pixels[at], over.X, under);
                pixels[plane + at] = Over(pixels[plane + at], over.Y, under);
                pixels[2 * plane + at] = Over(pixels[2 * plane + at], over.Z, under);
                if (coverage.Length > 0) coverage[at] = over.W;
            }
        }
    }

    /// <summary>Of a premultiplied colour in [0, 1], on a pixel stored in [-1, 1].</summary>
    private static float Over(float pixel, float premultiplied, float under) => 2 * (premultiplied + (pixel + 1) / 2 * under) - 1;
}
