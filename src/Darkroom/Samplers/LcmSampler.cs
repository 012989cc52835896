using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// Latent consistency sampling: jump to x_0 with the consistency function, then noise again to the next level.
/// </summary>
/// <remarks>
/// Luo et al. 2023, arXiv:2310.04378, alg. 3: f(x, t) = c_skip(t) x + c_out(t) x_0 hat, x' = alpha' f + sigma' z, and f
/// at the end. With s = t * <see cref="TimestepScaling"/>: c_skip = d^2 / (s^2 + d^2), c_out = s / sqrt(s^2 + d^2), d =
/// 0.5.
/// </remarks>
public sealed class LcmSampler : StepwiseSampler
{
    /// <summary>timestep_scaling; default 10.</summary>
    public double TimestepScaling { get; init; } = 10;

    /// <summary>
    /// Whether x is mixed into the jump so that it is the identity at timestep 0 (default); k-diffusion's sample_lcm
    /// takes x_0 hat as it is.
    /// </summary>
    public bool BoundaryCondition { get; init; } = true;

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        var jump = BoundaryCondition ? Consistent(step) : step.Prediction.Denoised;
        if (step.Last && (BoundaryCondition || step.To.Sigma == 0)) return jump;
        return WeightedSum.Of((step.To.Alpha, jump), (step.To.Sigma, step.Noise.Next(step.X)));
    }

    private torch.Tensor Consistent(in SamplerStep step)
    {
        const double SigmaData = 0.5;
        double s = step.At.Timestep * TimestepScaling, square = s * s + SigmaData * SigmaData;
        return WeightedSum.Of((SigmaData * SigmaData / square, step.X), (s / Math.Sqrt(square), step.Prediction.Denoised));
    }
}
