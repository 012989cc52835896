using Darkroom.Evaluation.Metrics;
using Darkroom.Networks.Classifiers;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Scenes;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Scenes;

/// <summary>Draws scenes, and judges pictures of them.</summary>
/// <param name="judge">Stays the caller's.</param>
/// <param name="painter">Draws scenes.</param>
internal sealed class SceneExaminer(SceneJudge judge, ScenePainter painter)
{
    /// <summary>Width and height of the pictures in pixels: the judges were trained on these.</summary>
    public const int Edge = 64;

    private const int Batch = 64;

    /// <summary>The pictures that answer the questions perfectly, [N, 3, 64, 64] in [-1, 1]; the caller owns them.</summary>
    public Tensor Render(IReadOnlyList<SceneQuestion> questions)
    {
        return PixelTensors.Stack([.. questions.Select(question =>
        {
            var pixels = new float[3 * Edge * Edge];
            painter.Paint(question.Scene, Edge, pixels);
            return new CaptionedPixels(pixels, Edge, Edge, question.Scene.Caption);
        })]);
    }

    /// <summary>How well pictures answer questions.</summary>
    /// <param name="questions">What was asked.</param>
    /// <param name="pictures">[N, 3, 64, 64] in [-1, 1], in the same order; not disposed.</param>
    public SceneMeasures Measure(IReadOnlyList<SceneQuestion> questions, Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var seen = pictures.split(Batch).SelectMany(judge.Judge);
        var answers = questions.Zip(seen, BackgroundColour.Of(pictures)).Select(a => SceneAnswer.Of(a.First.Scene, a.Second, a.Third));
        return SceneMeasures.Of(questions, [.. answers]);
    }

    /// <summary>How far pictures are from rendered scenes in what the judge's last layer sees.</summary>
    /// <param name="pictures">[N, 3, 64, 64] in [-1, 1]; not disposed.</param>
    /// <param name="reference">Rendered scenes, [M, 3, 64, 64].</param>
    public SceneDistances Distances(Tensor pictures, Tensor reference)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor ours = Features(pictures), theirs = Features(reference);
        return new SceneDistances(
            FrechetDistance.Between(FeatureStatistics.Of(theirs), FeatureStatistics.Of(ours)), KernelDistance.OverSubsets(theirs, ours, KernelSubsets).Mean);
    }

    private const int KernelSubsets = 20;

    private Tensor Features(Tensor pictures) => cat([.. pictures.split(Batch).Select(judge.Features)], dim: 0);
}

/// <summary>Distances between sets of pictures by the features of a judge: comparable with one another, not with figures of Inception's features.</summary>
/// <param name="Fid">Frechet distance.</param>
/// <param name="Kid">Kernel distance.</param>
internal sealed record SceneDistances(double Fid, double Kid);
