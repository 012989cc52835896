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
        var drawn = PlacedSprite.Of(sprite, edge, placed.CentreX * edge - size / 2, placed.CentreY * edge - size / 2, size);
        drawn.LayOver(edge, pixels, masks.Length == 0 ? [] : masks.Slice(index * edge * edge, edge * edge));
        if (masks.Length == 0) return;
        int plane = edge * edge;
        for (int at = 0; at < plane; at++)
            for (int earlier = 0; earlier < index; earlier++) masks[earlier * plane + at] *= 1 - masks[index * plane + at];
    }

    private static float ToSigned(byte value) => value / 127.5f - 1;
}
