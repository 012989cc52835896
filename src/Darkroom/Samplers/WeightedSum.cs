using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>Linear combinations with host weights: the only tensor arithmetic that most samplers need.</summary>
internal static class WeightedSum
{
    /// <summary>
    /// sum_i w_i x_i. Terms of weight 0 are left out, so that an unused infinite or missing term does no harm.
    /// </summary>
    /// <param name="terms">At least one; tensors of one shape and dtype.</param>
    /// <returns>A new tensor in the caller's dispose scope.</returns>
    public static Tensor Of(params ReadOnlySpan<(double Weight, Tensor Term)> terms)
    {
        Tensor? sum = null;
        foreach (var (weight, term) in terms)
        {
            if (weight == 0) continue;
            sum = sum is null ? term.mul(weight) : sum.add_(term, alpha: weight);
        }
        return sum ?? terms[0].Term.new_zeros(terms[0].Term.shape);
    }
}
