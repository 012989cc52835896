using System.Numerics;

namespace Darkroom.Training.Data.Scenes;

/// <summary>Draws scenes: a plain background, then each object's picture, area-averaged to its size and laid over by its alpha.</summary>
/// <remarks>Thread safe. Plain arithmetic in a fixed order, so a scene's pixels don't depend on threads.</remarks>
public sealed class ScenePainter
{
    private readonly Sprite[] _sprites; // [style * objects + object]

    /// <summary>Reads the pictures of the vocabulary's objects.</summary>
    /// <param name="folder">The folder with index.json and the sheets (data/emoji).</param>
    /// <exception cref="DarkroomException">The folder lacks a file, or a file is not what it should be.</exception>
    public ScenePainter(string folder) => _sprites = EmojiSheets.Read(folder);

    /// <summary>Draws one scene.</summary>
    /// <param name="scene">What to draw.</param>
    /// <param name="edge">Width and height in pixels.</param>
    /// <param name="pixels">3 * edge * edge numbers, channel by channel (CHW), in [-1, 1].</param>
    /// <param name="masks">
    /// Empty, or one edge * edge plane for each object with its coverage in [0, 1] after what lies over it: the exact ground truth of where it is.
    /// </param>
    public void Paint(Scene scene, int edge, Span<float> pixels, Span<float> masks = default)
    {
        int plane = edge * edge;
        if (pixels.Length != 3 * plane) throw new ArgumentException($"{3 * plane} numbers are needed.", nameof(pixels));
        if (masks.Length != 0 && masks.Length != scene.Objects.Count * plane) throw new ArgumentException("One plane for each object is needed.", nameof(masks));
        var colour = SceneVocabulary.Colours[scene.Colour];
        pixels[..plane].Fill(ToSigned(colour.Red));
        pixels.Slice(plane, plane).Fill(ToSigned(colour.Green));
        pixels[(2 * plane)..].Fill(ToSigned(colour.Blue));
        masks.Clear();
        for (int i = 0; i < scene.Objects.Count; i++) PaintObject(scene, i, edge, pixels, masks);
    }

    private void PaintObject(Scene scene, int index, int edge, Span<float> pixels, Span<float> masks)
    {
        var placed = scene.Objects[index];
        var sprite = _sprites[scene.Style * SceneVocabulary.Objects.Count + placed.Object];
        float size = placed.Size * edge;
        var columns = new AreaWeights(Sprite.Edge, edge, placed.CentreX * edge - size / 2, size);
        var rows = new AreaWeights(Sprite.Edge, edge, placed.CentreY * edge - size / 2, size);

        // Two passes, rows of the sprite first; a pixel is (r, g, b, alpha) premultiplied.
        var narrowed = new Vector4[Sprite.Edge * columns.Count];
        for (int y = 0; y < Sprite.Edge; y++)
        {
            for (int x = 0; x < columns.Count; x++)
            {
                var sum = Vector4.Zero;
                for (int k = columns.First[x]; k < columns.End[x]; k++) sum += sprite.Pixels[y * Sprite.Edge + k] * columns.Weight(x, k);
                narrowed[y * columns.Count + x] = sum;
            }
        }

        int plane = edge * edge;
        for (int y = 0; y < rows.Count; y++)
        {
            for (int x = 0; x < columns.Count; x++)
            {
                var over = Vector4.Zero;
                for (int k = rows.First[y]; k < rows.End[y]; k++) over += narrowed[k * columns.Count + x] * rows.Weight(y, k);
                if (over.W <= 0) continue;
                int at = (rows.Start + y) * edge + columns.Start + x;
                float under = 1 - over.W;
                pixels[at] = Over(pixels[at], over.X, under);
                pixels[plane + at] = Over(pixels[plane + at], over.Y, under);
                pixels[2 * plane + at] = Over(pixels[2 * plane + at], over.Z, under);
                if (masks.Length == 0) continue;
                for (int earlier = 0; earlier < index; earlier++) masks[earlier * plane + at] *= under;
                masks[index * plane + at] = over.W;
            }
        }
    }

    /// <summary>Porter-Duff over in [0, 1], of a premultiplied colour, on a pixel stored in [-1, 1].</summary>
    private static float Over(float pixel, float premultiplied, float under) => 2 * (premultiplied + (pixel + 1) / 2 * under) - 1;

    private static float ToSigned(byte value) => value / 127.5f - 1;
}
