using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// The midpoint method in log sigma: an Euler step to sqrt(sigma sigma'), then the whole step with the slope found
/// there.
/// </summary>
/// <remarks>
/// DPM-Solver-2 of Lu et al. 2022, arXiv:2206.00927, in the form of k-diffusion's sample_dpm_2 (Euler steps instead of
/// exponential ones). With <see cref="Eta"/> it is sample_dpm_2_ancestral: the step goes to rho_down and noise of
/// rho_up is added. The step to sigma = 0 is Euler's.
/// </remarks>
public sealed class Dpm2Sampler : StepwiseSampler
{
    /// <summary>eta of the ancestral form, at least 0; 0 (the default) is deterministic.</summary>
    public double Eta { get; init; }

    /// <summary>Whether this is the ancestral form, which draws noise even where eta is 0.</summary>
    public bool Ancestral { get; init; }

    /// <summary>s_noise, the factor of the fresh noise; default 1.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>Stochastic churn of the deterministic form; null (the default) is deterministic.</summary>
    public Churn? Churn { get; init; }

    private protected override torch.Tensor Perturb(SamplingPlan plan, int index, torch.Tensor x, INoiseSource noise) =>
        Churn is null || (index - plan.Start) % 2 == 1 ? x : Churn.Perturb(plan, index, x, noise);

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        if ((step.Index - step.Plan.Start) % 2 == 0)
        {
            step.Memory.Set("x", step.X);
            return FirstOrderStep.Of(step.Prediction, step.To);
        }
        var split = AncestralSplit.Of(step.From.Ratio, step.To.Ratio, Ancestral ? Eta : 0);
        var x = FirstOrderStep.Along(step.Prediction.Epsilon, step.Memory.Get("x"), step.From, step.To, split.Down);
        return Ancestral ? x.add_(step.Noise.Next(x), alpha: step.To.Alpha * split.Up * NoiseScale) : x;
    }
}
