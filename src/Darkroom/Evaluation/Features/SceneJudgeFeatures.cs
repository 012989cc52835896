using Darkroom.Networks.Classifiers;
using Darkroom.Training.Data.Scenes;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Features;

/// <summary>The features of a scene judge, a small network of our own: for pictures of emoji and scenes, where no weights of Inception are at hand.</summary>
/// <remarks>
/// Its figures are good for comparing models of such pictures among each other, and are not comparable with published ones. Pictures are brought to 64 x 64, the size
/// that it was trained on; class scores are the largest of each object over the picture.
/// </remarks>
internal sealed class SceneJudgeFeatures : IFeatureExtractor
{
    private const int Edge = 64;

    private readonly SceneJudge _judge;

    /// <summary>Takes over a judge.</summary>
    /// <param name="judge">Disposed with this.</param>
    /// <param name="name">What reports call it.</param>
    public SceneJudgeFeatures(SceneJudge judge, string name) => (_judge, Name) = (judge, name);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Loads the judge that may be used for choosing.</summary>
    /// <param name="judges">The folder that holds the folder "choosing".</param>
    /// <exception cref="DarkroomException">NotFound; BadFile; ModelMismatch.</exception>
    public static SceneJudgeFeatures Load(string judges) => new(SceneJudgeFolder.Load(Path.Combine(judges, "choosing")).Judge, "scene judge (choosing)");

    /// <inheritdoc/>
    public PictureFeatures Extract(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var resized = Resize(pictures);
        var logits = _judge.Logits(resized);
        var scores = logits.narrow(1, 0, logits.shape[1] - 1).amax([2, 3]); // without "nothing"
        return new(_judge.Features(resized).MoveToOuterDisposeScope(), scores.MoveToOuterDisposeScope());
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => _judge.Dispose();

    private static Tensor Resize(Tensor pictures)
    {
        if (pictures.shape[2] == Edge && pictures.shape[3] == Edge) return pictures;
        bool shrinks = pictures.shape[2] >= Edge && pictures.shape[3] >= Edge;
        return shrinks ? nn.functional.interpolate(pictures, [Edge, Edge], mode: InterpolationMode.Area)
            : nn.functional.interpolate(pictures, [Edge, Edge], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}
