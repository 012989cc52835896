using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>Euler's method on the probability-flow ODE: x' = x + (sigma' - sigma) eps hat.</summary>
/// <remarks>
/// Karras et al. 2022, arXiv:2206.00364, alg. 1 of order one; <see cref="Churn"/> adds the noise of alg. 2.
/// </remarks>
public sealed class EulerSampler : StepwiseSampler
{
    /// <summary>Stochastic churn; null (the default) is deterministic.</summary>
    public Churn? Churn { get; init; }

    private protected override torch.Tensor Perturb(SamplingPlan plan, int index, torch.Tensor x, INoiseSource noise) =>
        Churn is null ? x : Churn.Perturb(plan, index, x, noise);

    private protected override torch.Tensor Step(in SamplerStep step) =>
        Churn is { AfterEvaluation: not null } ? Churn.StepAfterEvaluation(step) : FirstOrderStep.Of(step.Prediction, step.To);
}
