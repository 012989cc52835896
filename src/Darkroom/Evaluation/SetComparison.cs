using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Metrics;
using Darkroom.Evaluation.Statistics;
using static TorchSharp.torch;

namespace Darkroom.Evaluation;

/// <summary>What was measured; what was not asked for is null.</summary>
public sealed record SetComparisonResult
{
    /// <summary>The network that the features are of; null where both sets are statistics files, which do not say.</summary>
    public string? Network { get; init; }

    /// <summary>How many real pictures; null for a statistics file.</summary>
    public int? RealPictures { get; init; }

    /// <summary>How many generated pictures; null for a statistics file.</summary>
    public int? GeneratedPictures { get; init; }

    /// <summary>The Frechet distance.</summary>
    public double? Fid { get; init; }

    /// <summary>The kernel distance.</summary>
    public KernelDistanceResult? Kid { get; init; }

    /// <summary>Precision and recall.</summary>
    public PrecisionRecallResult? PrecisionRecall { get; init; }

    /// <summary>The Inception score of the generated set.</summary>
    public InceptionScoreResult? InceptionScore { get; init; }
}

/// <summary>Measures a set of generated pictures against a set of real ones; each set is a folder of pictures, or for the FID a statistics file (.npz).</summary>
public sealed class SetComparison
{
    private readonly string _real;
    private readonly string _generated;
    private readonly IReadOnlySet<SetMeasure> _measures;

    /// <summary>Checks what can be checked without work.</summary>
    /// <param name="real">Folder or .npz.</param>
    /// <param name="generated">Folder or .npz.</param>
    /// <param name="measures">What to measure; all but the FID need folders.</param>
    /// <exception cref="DarkroomException">InvalidRequest: a measure that needs pictures where there are only statistics.</exception>
    public SetComparison(string real, string generated, IReadOnlySet<SetMeasure> measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        (_real, _generated, _measures) = (real, generated, measures);
        var problems = new List<Problem>();
        foreach (string file in new[] { real, generated }.Where(StatisticsFile.IsNamed))
        {
            problems.AddRange(measures.Where(m => m != SetMeasure.Fid && (m != SetMeasure.InceptionScore || file == generated)).Select(m => new Problem(
                $"The measure {SetMeasures.NameOf(m)} needs the pictures; a statistics file has only their mean and covariance.", file,
                "Name the folder of pictures, or measure only fid.")));
        }
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    /// <summary>Whether a network is needed: false for two statistics files.</summary>
    public bool NeedsNetwork => !StatisticsFile.IsNamed(_real) || !StatisticsFile.IsNamed(_generated);

    /// <summary>Measures.</summary>
    /// <param name="extractor">The network; may be null where none is needed.</param>
    /// <param name="report">Told how many of how many pictures are done; may be null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="DarkroomException">NotFound; BadFile; InvalidRequest: too few pictures, features of different networks, or no classes for the score.</exception>
    public SetComparisonResult Run(IFeatureExtractor? extractor, Action<int, int>? report = null, CancellationToken cancellation = default)
    {
        if (NeedsNetwork) ArgumentNullException.ThrowIfNull(extractor);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        PictureSet? realSet = Pictures(_real), generatedSet = Pictures(_generated);
        int total = (realSet?.Count ?? 0) + (generatedSet?.Count ?? 0);
        var real = realSet?.Extract(extractor!, report: done => report?.Invoke(done, total), cancellation: cancellation);
        var generated = generatedSet?.Extract(extractor!, report: done => report?.Invoke((realSet?.Count ?? 0) + done, total), cancellation: cancellation);
        return new()
        {
            Network = extractor?.Name,
            RealPictures = realSet?.Count,
            GeneratedPictures = generatedSet?.Count,
            Fid = Asked(SetMeasure.Fid) ? FrechetDistance.Between(StatisticsOf(_real, real), StatisticsOf(_generated, generated)) : null,
            Kid = Asked(SetMeasure.Kid) ? KernelDistance.OverSubsets(real!.Value.Features, generated!.Value.Features) : null,
            PrecisionRecall = Asked(SetMeasure.PrecisionRecall) ? Metrics.PrecisionRecall.Between(real!.Value.Features, generated!.Value.Features) : null,
            InceptionScore = Asked(SetMeasure.InceptionScore) ? Metrics.InceptionScore.Of(LogitsOf(generated!.Value, extractor!)) : null,
        };
    }

    private bool Asked(SetMeasure measure) => _measures.Contains(measure);

    private static PictureSet? Pictures(string path) => StatisticsFile.IsNamed(path) ? null : PictureSet.Open(path);

    private static FeatureStatistics StatisticsOf(string path, PictureFeatures? features) =>
        features is { } found ? FeatureStatistics.Of(found.Features) : FeatureStatistics.Load(path);

    private static Tensor LogitsOf(PictureFeatures features, IFeatureExtractor extractor) => features.Logits
        ?? throw new DarkroomException(ErrorKind.InvalidRequest, $"The network {extractor.Name} has no classes, which the measure is needs.");
}
