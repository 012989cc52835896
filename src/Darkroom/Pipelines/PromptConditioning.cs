using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>One text that acts with a weight: several are composed as eps_u + s sum_i w_i (eps_i - eps_u) (Liu et al. 2022, arXiv:2206.01714).</summary>
/// <param name="Context">[1, L, D], the text encoder's output.</param>
/// <param name="Weight">w_i; 1 for a prompt without AND.</param>
internal sealed record WeightedContext(Tensor Context, double Weight);

/// <summary>What the network is conditioned on, up to and including one evaluation.</summary>
/// <param name="Last">0-based number of the last evaluation it holds for.</param>
/// <param name="Prompts">At least one.</param>
internal sealed record ConditioningSpan(int Last, IReadOnlyList<WeightedContext> Prompts);

/// <summary>The conditioning of a whole generation: one span for a plain prompt, several where the prompt changes on the way.</summary>
internal sealed class PromptConditioning(IReadOnlyList<ConditioningSpan> positive, IReadOnlyList<ConditioningSpan>? negative) : IDisposable
{
    /// <summary>Whether there is a negative side, so that guidance is possible.</summary>
    public bool HasNegative => negative is not null;

    /// <summary>Whether prompts act by their difference to the negative prompt, even without guidance: several by AND, or one with a weight.</summary>
    public static bool IsComposed(IReadOnlyList<WeightedContext> prompts) => prompts is not [{ Weight: 1 }];

    /// <summary>The prompts that hold at an evaluation.</summary>
    public IReadOnlyList<WeightedContext> Positive(int evaluation) => At(positive, evaluation);

    /// <summary>The negative prompt that holds at an evaluation.</summary>
    public Tensor Negative(int evaluation) => At(negative!, evaluation)[0].Context;

    /// <summary>Disposes the contexts.</summary>
    public void Dispose()
    {
        foreach (var prompt in positive.Concat(negative ?? []).SelectMany(span => span.Prompts)) prompt.Context.Dispose();
    }

    private static IReadOnlyList<WeightedContext> At(IReadOnlyList<ConditioningSpan> spans, int evaluation) =>
        (spans.FirstOrDefault(span => evaluation <= span.Last) ?? spans[^1]).Prompts;
}
