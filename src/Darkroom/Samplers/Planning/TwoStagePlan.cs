using Darkroom.Diffusion;

namespace Darkroom.Samplers;

/// <summary>
/// Plans of samplers that evaluate twice per step: at the step's start, and at an inner or the end point. The step to
/// sigma = 0 is of order one and has one evaluation, so N steps that end at 0 make 2 N - 1.
/// </summary>
internal static class TwoStagePlan
{
    /// <param name="starts">
    /// Where each step's first evaluation is (after churn), then the end of the plan; in the variance-exploding view.
    /// </param>
    /// <param name="before">
    /// Noise levels where x lies before churn; those of <paramref name="starts"/> where there is none.
    /// </param>
    /// <param name="inner">(start, end) -> the second evaluation of a step.</param>
    /// <param name="initialScale">Factor of unit noise at the start.</param>
    public static SamplingPlan Create(
        IReadOnlyList<NoisePoint> starts, IReadOnlyList<double> before, Func<NoisePoint, NoisePoint, NoisePoint> inner, double initialScale)
    {
        var points = new List<NoisePoint>();
        var moves = new List<SamplingMove>();
        for (int i = 0; i + 1 < starts.Count; i++)
        {
            // A step ends where the next one's churn begins.
            NoisePoint start = starts[i], end = starts[i + 1] with { Sigma = before[i + 1] };
            var middle = end.Sigma == 0 ? end : inner(start, end);
            points.Add(start);
            moves.Add(new(start with { Sigma = before[i] }, middle));
            if (end.Sigma == 0) continue;
            points.Add(middle);
            moves.Add(new(start, end));
        }
        points.Add(starts[^1]);
        return new() { Points = points, Moves = moves, InitialNoiseScale = initialScale, Order = 2 };
    }

    /// <summary>sqrt(start end), the middle in log sigma.</summary>
    public static double GeometricMean(double start, double end) => Math.Sqrt(start * end);

    /// <summary>
    /// The middle in log sigma between the start and where the deterministic part of an ancestral step ends.
    /// </summary>
    public static Func<double, double, double> AncestralMean(double eta) =>
        (start, end) => Math.Sqrt(start * AncestralSplit.Of(start, end, eta).Down);
}
