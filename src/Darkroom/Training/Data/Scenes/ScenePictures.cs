namespace Darkroom.Training.Data.Scenes;

/// <summary>The composed scenes as pictures with captions.</summary>
/// <param name="scenes">Which scenes.</param>
/// <param name="painter">Draws them.</param>
/// <param name="edge">Width and height in pixels.</param>
public sealed class ScenePictures(SceneSource scenes, ScenePainter painter, int edge) : ISampleSequence<CaptionedPixels>
{
    /// <inheritdoc/>
    public CaptionedPixels this[long position]
    {
        get
        {
            var scene = scenes[position];
            var pixels = new float[3 * edge * edge];
            painter.Paint(scene, edge, pixels);
            return new CaptionedPixels(pixels, edge, edge, scene.Caption);
        }
    }
}
