using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// Samplers of score-based models with a fixed number of evaluations: one <see cref="ScoreUpdate"/> after each, with score = -eps hat / sigma. Noise is drawn at
/// each, used or not, as in the authors' program.
/// </summary>
/// <remarks>Song et al. 2021, arXiv:2011.13456, alg. 2 and 3; Song and Ermon 2019, arXiv:1907.05600, alg. 1.</remarks>
internal sealed class ScoreSampler : StepwiseSampler
{
    /// <summary>One for each evaluation of the plan.</summary>
    public required IReadOnlyList<ScoreUpdate> Updates { get; init; }

    /// <summary>See <see cref="ScoreUpdate.Apply"/>.</summary>
    public bool NormsOverBatch { get; init; }

    private protected override bool EndsStep(SamplingPlan plan, int index) =>
        (index - plan.Start) % plan.Order == plan.Order - 1 || index == plan.Points.Count - 2;

    private protected override Tensor Step(in SamplerStep step)
    {
        var score = step.Prediction.Epsilon.mul(-1 / step.At.Sigma);
        return Updates[step.Index].Apply(step.X, score, step.Noise.Next(step.X), NormsOverBatch).Next;
    }
}
