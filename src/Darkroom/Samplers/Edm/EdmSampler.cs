using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// The general sampler of EDM: steps of dx/dt = (sigma'/sigma + s'/s) x - sigma' s / sigma D(x/s; sigma) in t, with churn before each.
/// </summary>
/// <remarks>
/// Karras et al. 2022, arXiv:2206.00364, eq. 4 and alg. 1 (alg. 2 with churn; app. D.1 for the place of the second evaluation). The last step, to sigma = 0, is Euler's.
/// Noise is drawn at each step, used or not, as in the authors' program. With sigma(t) = t and s(t) = 1 the steps are those of <see cref="HeunSampler"/>.
/// </remarks>
internal sealed class EdmSampler : StepwiseSampler
{
    /// <summary>Where a step begins before churn and after it, and where it ends.</summary>
    internal sealed record EdmStep(EdmTime Before, EdmTime Start, EdmTime End);

    public required IReadOnlyList<EdmStep> Steps { get; init; }

    /// <summary>alpha, the place of the second evaluation; null for Euler's method.</summary>
    public double? SecondEvaluation { get; init; }

    /// <summary>S_noise.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>What the second evaluations' points are at; one for each step but the last.</summary>
    public required IReadOnlyList<EdmTime> Inner { get; init; }

    private int PerStep => SecondEvaluation is null ? 1 : 2;

    private bool IsFirst(int index) => index % PerStep == 0;

    private protected override Tensor Perturb(SamplingPlan plan, int index, Tensor x, INoiseSource noise)
    {
        if (!IsFirst(index)) return x;
        var (before, start, _) = Steps[index / PerStep];
        var z = noise.Next(x);
        double fresh = Math.Sqrt(Math.Max(0, start.Sigma * start.Sigma - before.Sigma * before.Sigma)) * start.Scale * NoiseScale;
        return WeightedSum.Of((start.Scale / before.Scale, x), (fresh, z));
    }

    private protected override Tensor Step(in SamplerStep step)
    {
        int index = step.Index / PerStep;
        var (_, start, end) = Steps[index];
        double h = end.T - start.T;
        if (IsFirst(step.Index))
        {
            var slope = Slope(start, step);
            if (SecondEvaluation is not { } part || index == Steps.Count - 1) return WeightedSum.Of((1, step.X), (h, slope));
            step.Memory.Set("x", step.X);
            step.Memory.Set("slope", slope);
            return WeightedSum.Of((1, step.X), (part * h, slope));
        }
        double second = 1 / (2 * SecondEvaluation!.Value);
        return WeightedSum.Of((1, step.Memory.Get("x")), (h * (1 - second), step.Memory.Get("slope")), (h * second, Slope(Inner[index], step)));
    }

    private static Tensor Slope(EdmTime at, in SamplerStep step) => WeightedSum.Of(
        (at.SigmaSlope / at.Sigma + at.ScaleSlope / at.Scale, step.X), (-at.SigmaSlope * at.Scale / at.Sigma, step.Prediction.Denoised));
}
