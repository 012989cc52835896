using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>Ancestral sampling with Euler steps: down to rho_down, then noise of rho_up.</summary>
/// <remarks>
/// k-diffusion, sample_euler_ancestral; see <see cref="AncestralSplit"/> for its identity with DDIM's eta.
/// </remarks>
public sealed class EulerAncestralSampler : StepwiseSampler
{
    /// <summary>eta, at least 0: 0 is deterministic Euler, 1 (the default) is ancestral.</summary>
    public double Eta { get; init; } = 1;

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>
    /// Whether noise is drawn for a step to sigma = 0 too, where it is not used: diffusers does, k-diffusion doesn't
    /// (default).
    /// </summary>
    public bool DrawAtZero { get; init; }

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        var split = AncestralSplit.Of(step.From.Ratio, step.To.Ratio, Eta);
        var z = DrawAtZero || step.To.Sigma > 0 ? step.Noise.Next(step.X) : null;
        return FirstOrderStep.Ancestral(step.Prediction, step.To, split with { Up = split.Up * NoiseScale }, z);
    }
}
