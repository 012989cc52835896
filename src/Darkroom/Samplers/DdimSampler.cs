using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>Denoising diffusion implicit models: x' = alpha' x_0 hat + sqrt(sigma'^2 - s^2) eps hat + s z.</summary>
/// <remarks>
/// Song, Meng and Ermon 2020, arXiv:2010.02502, eqs. 12 and 16. A plan that ascends in noise inverts (the reverse ODE).
/// Where a reference lands (AlphaBar_0 or 1 at the end, t - T div N in between) is the plan's matter.
/// </remarks>
public sealed class DdimSampler : StepwiseSampler
{
    /// <summary>eta, at least 0: 0 (the default) is deterministic, 1 has the variance of DDPM.</summary>
    public double Eta { get; init; }

    /// <summary>
    /// Whether noise is drawn at every step even where it is not used (eta = 0, or the last step): CompVis, OpenAI and
    /// ermongroup do, diffusers draws only where eta is above 0 (default).
    /// </summary>
    public bool AlwaysDraw { get; init; }

    /// <summary>
    /// grad_x log p(y | x) at a noise point, for classifier guidance: eps hat := eps hat - sigma grad, after the limit
    /// on x_0 hat.
    /// </summary>
    /// <remarks>Dhariwal and Nichol 2021, arXiv:2105.05233, alg. 2.</remarks>
    public Func<torch.Tensor, NoisePoint, torch.Tensor>? Gradient { get; init; }

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        var z = Eta > 0 || AlwaysDraw ? step.Noise.Next(step.X) : null;
        var split = AncestralSplit.Of(step.From.Ratio, step.To.Ratio, Eta);
        return FirstOrderStep.Ancestral(step.Prediction, step.To, split, z);
    }

    private protected override Prediction Adjust(Prediction prediction, torch.Tensor x, NoisePoint at)
    {
        if (Gradient is null) return prediction;
        var epsilon = WeightedSum.Of((1, prediction.Epsilon), (-at.Sigma, Gradient(x, at)));
        return prediction with { Epsilon = epsilon, Denoised = WeightedSum.Of((1 / at.Alpha, x), (-at.Sigma / at.Alpha, epsilon)) };
    }
}
