using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// DPM-Solver++(2S) with ancestral noise: the midpoint in lambda, then the whole step to rho_down, then noise of
/// rho_up.
/// </summary>
/// <remarks>
/// k-diffusion's sample_dpmpp_2s_ancestral; Lu et al. 2022, arXiv:2211.01095, alg. 1. The step to sigma = 0 is Euler's.
/// </remarks>
public sealed class DpmPlusPlus2sAncestralSampler : StepwiseSampler
{
    /// <summary>eta, at least 0: 0 is DPM-Solver++(2S), 1 (the default) is ancestral.</summary>
    public double Eta { get; init; } = 1;

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        bool midway = (step.Index - step.Plan.Start) % 2 == 1;
        if (!midway)
        {
            step.Memory.Set("x", step.X);
            return FirstOrderStep.Of(step.Prediction, step.To);
        }
        var split = AncestralSplit.Of(step.From.Ratio, step.To.Ratio, Eta);
        var x = FirstOrderStep.Towards(step.Prediction.Denoised, step.Memory.Get("x"), step.From, step.To, split.Down);
        return x.add_(step.Noise.Next(x), alpha: step.To.Alpha * split.Up * NoiseScale);
    }
}
