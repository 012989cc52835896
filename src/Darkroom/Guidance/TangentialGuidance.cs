using static TorchSharp.torch;

namespace Darkroom.Guidance;

/// <summary>
/// Tangential damping: of eps_u only its part along the first right singular vector of [eps_c; eps_u] is kept before the usual combination.
/// </summary>
/// <remarks>Kwon et al. 2025 (TCFG), arXiv:2503.18137.</remarks>
public static class TangentialGuidance
{
    /// <summary>eps_u' + s (eps_c - eps_u').</summary>
    /// <param name="unconditional">eps_u, [B, ...].</param>
    /// <param name="conditional">eps_c.</param>
    /// <param name="scale">s.</param>
    /// <returns>As conditional; belongs to the caller's dispose scope.</returns>
    public static Tensor Combine(Tensor unconditional, Tensor conditional, double scale)
    {
        using var scope = NewDisposeScope();
        var rows = stack([conditional.flatten(1), unconditional.flatten(1)], dim: 1).to(ScalarType.Float64);
        var (_, _, right) = linalg.svd(rows, fullMatrices: false);
        var first = right.narrow(1, 0, 1);
        var damped = (rows.narrow(1, 1, 1).bmm(first.transpose(1, 2)) * first).reshape(unconditional.shape).to(unconditional.dtype);
        return ClassifierFreeGuidance.Combine(damped, conditional, scale).MoveToOuterDisposeScope();
    }
}
