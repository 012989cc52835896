using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>Heun's method: an Euler step, then the same step with the mean of the slopes at both ends.</summary>
/// <remarks>
/// Karras et al. 2022, arXiv:2206.00364, alg. 1 (alg. 2 with <see cref="Churn"/>). The step to sigma = 0 is Euler's.
/// Evaluations come in pairs: even ones (counted from where the plan was entered) at the start of a step, odd ones at
/// its end.
/// </remarks>
public sealed class HeunSampler : StepwiseSampler
{
    /// <summary>Stochastic churn; null (the default) is deterministic.</summary>
    public Churn? Churn { get; init; }

    private protected override torch.Tensor Perturb(SamplingPlan plan, int index, torch.Tensor x, INoiseSource noise) =>
        Churn is null || (index - plan.Start) % 2 == 1 ? x : Churn.Perturb(plan, index, x, noise);

    private protected override torch.Tensor Step(in SamplerStep step)
    {
        if ((step.Index - step.Plan.Start) % 2 == 0)
        {
            step.Memory.Set("x", step.X);
            step.Memory.Set("slope", step.Prediction.Epsilon);
            return FirstOrderStep.Of(step.Prediction, step.To);
        }
        var mean = WeightedSum.Of((0.5, step.Memory.Get("slope")), (0.5, step.Prediction.Epsilon));
        return FirstOrderStep.Along(mean, step.Memory.Get("x"), step.From, step.To);
    }
}
