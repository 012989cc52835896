using System.Diagnostics;
using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Metrics;
using Darkroom.Evaluation.Scenes;
using Darkroom.Imaging;
using Darkroom.Pipelines;
using Darkroom.Pipelines.Pixels;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Pixels;

/// <summary>What was measured of the pictures of one request.</summary>
internal sealed record PixelMeasurement
{
    /// <summary>What was sampled.</summary>
    public required PixelRequest Request { get; init; }

    /// <summary>Share of the pictures that the judge takes for what they were asked to be, with its 95 % interval; null without classes, or of a judge that isn't a classifier of them.</summary>
    public Estimate? Accuracy { get; init; }

    /// <summary>Kernel distance to the real pictures, over subsets of half of the pictures.</summary>
    public required KernelDistanceResult Kid { get; init; }

    /// <summary>Fidelity: share of the pictures that lie among the real ones; and diversity: share of the real ones that lie among the pictures.</summary>
    public required PrecisionRecallResult PrecisionRecall { get; init; }

    /// <summary>Time of sampling, for one picture, with the others of its batch beside it.</summary>
    public required double SecondsPerPicture { get; init; }

    /// <summary>The first pictures.</summary>
    public required IReadOnlyList<Picture> Examples { get; init; }
}

/// <summary>
/// Measures a model of pixels by what a judge sees: how far its pictures are from real ones and, where the judge is a classifier of the model's classes, whether it
/// draws the classes that it is asked for. A judge should be another classifier than the one that guides.
/// </summary>
internal sealed class PixelEvaluation : IDisposable
{
    /// <summary>The fewest pictures whose kernel distance over halves means anything.</summary>
    public const int FewestPictures = 8;

    private const int BatchSize = 32;

    private readonly PixelDiffusion _model;
    private readonly IFeatureExtractor _judge;
    private readonly IPixelClassifier? _guide;
    private readonly Tensor _real;

    /// <summary>Looks at the real pictures once.</summary>
    /// <param name="model">Stays the caller's.</param>
    /// <param name="judge">Stays the caller's; a classifier's classes must be the model's, in the same order, where both have some.</param>
    /// <param name="guide">For classifier guidance; may be null, stays the caller's.</param>
    /// <param name="real">At least <see cref="FewestPictures"/> pictures of the model's size.</param>
    /// <exception cref="DarkroomException">ModelMismatch: the judge knows other classes. InvalidRequest: too few real pictures.</exception>
    public PixelEvaluation(PixelDiffusion model, IFeatureExtractor judge, IPixelClassifier? guide, IReadOnlyList<CaptionedPixels> real)
    {
        (_model, _judge, _guide) = (model, judge, guide);
        if (model.Classes.Count > 0 && judge is ClassifierFeatures classifier && !model.Classes.SequenceEqual(classifier.Classes))
        {
            throw new DarkroomException(ErrorKind.ModelMismatch, $"The judge tells {Names(classifier.Classes)} apart; the model draws {Names(model.Classes)}.", "--judge",
                "Train one with darkroom train classifier on the model's data.");
        }
        if (real.Count < FewestPictures)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"There are {real.Count} real pictures, but at least {FewestPictures} are needed.", "--data");
        using var scope = NewDisposeScope();
        _real = cat([.. real.Chunk(BatchSize).Select(batch => judge.Extract(PixelTensors.Stack(batch)).Features)]).DetachFromDisposeScope();
    }

    /// <summary>Samples and measures.</summary>
    /// <param name="request">Of at least <see cref="FewestPictures"/> pictures.</param>
    /// <param name="examples">How many pictures to keep.</param>
    /// <param name="progress">Told after every evaluation of the network.</param>
    /// <param name="cancellation">Stops between evaluations.</param>
    /// <exception cref="DarkroomException">As of <see cref="PixelDiffusion.SampleTensor"/>.</exception>
    public PixelMeasurement Measure(PixelRequest request, int examples, IProgress<SamplingStep>? progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var clock = Stopwatch.StartNew();
        var pictures = _model.SampleTensor(request, request.ClassifierScale > 0 ? _guide : null, progress, cancellation);
        double seconds = clock.Elapsed.TotalSeconds / request.Count;
        var seen = Enumerable.Range(0, (request.Count + BatchSize - 1) / BatchSize).Select(batch =>
        {
            int first = batch * BatchSize;
            return _judge.Extract(pictures.narrow(0, first, Math.Min(BatchSize, request.Count - first)));
        }).ToList();
        var features = cat([.. seen.Select(part => part.Features)]);
        return new()
        {
            Request = request,
            Accuracy = request.Classes.Count == 0 || _judge is not ClassifierFeatures ? null : Accuracy(request, cat([.. seen.Select(part => part.Logits!)])),
            Kid = KernelDistance.OverSubsets(_real, features, subsetSize: request.Count / 2),
            PrecisionRecall = PrecisionRecall.Between(_real, features),
            SecondsPerPicture = seconds,
            Examples = [.. Enumerable.Range(0, Math.Min(examples, request.Count)).Select(k => PictureTensors.ToPicture(pictures.narrow(0, k, 1)))],
        };
    }

    private static Estimate Accuracy(PixelRequest request, Tensor logits)
    {
        long[] named = logits.argmax(1).data<long>().ToArray();
        return Estimate.Share(named.Where((label, k) => label == request.Classes[k % request.Classes.Count]).Count(), request.Count);
    }

    private static string Names(IReadOnlyList<string> classes) => classes.Count == 0 ? "classes without names" : string.Join(", ", classes);

    /// <inheritdoc/>
    public void Dispose() => _real.Dispose();
}
