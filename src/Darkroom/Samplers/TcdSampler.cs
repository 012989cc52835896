using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// Trajectory consistency sampling: a DDIM step to timestep s below the next one, then noise up to the next one.
/// </summary>
/// <remarks>
/// Zheng et al. 2024, arXiv:2402.19159, alg. 4 (strategic stochastic sampling): s = floor((1 - gamma) t'); gamma = 0 is
/// deterministic, 1 goes to x_0 each time. The plan's moves hold s; its points hold t'.
/// </remarks>
public sealed class TcdSampler : StepwiseSampler
{
    /// <summary>Whether noise is added: gamma above 0.</summary>
    public bool Stochastic { get; init; } = true;

    private protected override NoisePoint LandsOn(SamplingPlan plan, int index) => plan.Points[index + 1];

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        NoisePoint s = step.To, next = step.Plan.Points[step.Index + 1];
        var x = FirstOrderStep.Of(step.Prediction, s);
        if (!Stochastic || step.Last) return x;
        // q(x' | x_s): x' = a x_s + sqrt(1 - a^2) z with a = alpha' / alpha_s, variance preserving
        double a = next.Alpha / s.Alpha;
        return WeightedSum.Of((a, x), (Math.Sqrt(Math.Max(0, 1 - a * a)), step.Noise.Next(x)));
    }
}
