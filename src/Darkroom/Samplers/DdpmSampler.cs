using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>Ancestral sampling of DDPM: x' = mean of q(x' | x, x_0 hat) + sqrt(variance) z.</summary>
/// <remarks>
/// Ho et al. 2020, arXiv:2006.11239, eqs. 6 and 7 and alg. 2; learned range: Nichol and Dhariwal 2021,
/// arXiv:2102.09672, eq. 15. Written for any two points (Kingma et al. 2021, arXiv:2107.00630, app. A): a = alpha /
/// alpha', s^2 = sigma^2 - a^2 sigma'^2, mean = (alpha' s^2 x_0 hat + a sigma'^2 x) / sigma^2, beta tilde = s^2
/// sigma'^2 / sigma^2, beta = s^2.
/// </remarks>
public sealed class DdpmSampler : StepwiseSampler
{
    /// <summary>The variance of p(x' | x); default that of the posterior, beta tilde, at least 1e-20.</summary>
    public VarianceType Variance { get; init; } = VarianceType.FixedSmall;

    /// <summary>
    /// Whether a learned variance is the variance itself, as in diffusers, and not its logarithm, as in OpenAI's code
    /// (default).
    /// </summary>
    public bool LearnedIsVariance { get; init; }

    /// <summary>
    /// Whether noise is drawn at timestep 0 too, where it is not added: OpenAI and ermongroup do, diffusers doesn't
    /// (default).
    /// </summary>
    public bool AlwaysDraw { get; init; }

    /// <summary>
    /// What OpenAI puts for beta, and for beta tilde under a learned range, at timestep 0: beta tilde of the step
    /// before. No noise is added there, but guidance by a gradient uses it. Null (the default) for the formula.
    /// </summary>
    public double? FirstVariance { get; init; }

    /// <summary>grad_x log p(y | x) at a noise point, for classifier guidance: mean := mean + variance grad.</summary>
    /// <remarks>Dhariwal and Nichol 2021, arXiv:2105.05233, alg. 1.</remarks>
    public Func<Tensor, NoisePoint, Tensor>? Gradient { get; init; }

    private protected override Tensor Step(in SamplerStep step)
    {
        var (from, to) = (step.From, step.To);
        double a = from.Alpha / to.Alpha;
        double forward = from.Sigma * from.Sigma - a * a * to.Sigma * to.Sigma;
        double keep = to.Sigma * to.Sigma / (from.Sigma * from.Sigma);
        double posterior = Math.Max(forward * keep, 1e-20);
        var mean = WeightedSum.Of((to.Alpha * forward / (from.Sigma * from.Sigma), step.Prediction.Denoised), (a * keep, step.X));

        bool noisy = step.At.Timestep > 0;
        var z = noisy || AlwaysDraw ? step.Noise.Next(step.X) : null;
        var variance = VarianceOf(step.Prediction, posterior, forward, noisy ? null : FirstVariance);
        if (Gradient is not null) mean = mean.add_(Gradient(step.X, step.At).mul_(variance));
        return noisy ? mean.add_(z!.mul_(variance.sqrt())) : mean;
    }

    private Tensor VarianceOf(Prediction prediction, double posterior, double forward, double? first)
    {
        switch (Variance)
        {
            case VarianceType.FixedSmall: return Constant(posterior);
            case VarianceType.FixedLarge: return Constant(first ?? forward);
            case VarianceType.Learned: return LearnedIsVariance ? Raw(prediction) : Raw(prediction).exp();
            default:
                double low = Math.Log(first ?? posterior), high = Math.Log(forward);
                return Raw(prediction).add(1).mul_((high - low) / 2).add_(low).exp_();
        }
    }

    private static Tensor Constant(double variance) => tensor(variance, dtype: ScalarType.Float64);

    private static Tensor Raw(Prediction prediction) => prediction.Variance ?? throw new DarkroomException(ErrorKind.ModelMismatch,
        "This sampler needs a learned variance, but the network has none.", "variance_type", "Use fixed_small or fixed_large.");
}
