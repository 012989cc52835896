using static TorchSharp.torch;

namespace Darkroom.Guidance;

/// <summary>What the projected update is added to.</summary>
public enum GuidanceBasis
{
    /// <summary>eps_u + s u: diffusers' default, and with parallel weight 1 and no limit the usual classifier-free guidance.</summary>
    Unconditional,

    /// <summary>
    /// eps_c + s u, s being the paper's w of classifier-free guidance (diffusers' use_original_formulation); the authors' code has eps_c +
    /// (s - 1) u.
    /// </summary>
    Conditional,
}

/// <summary>
/// Adaptive projected guidance: of the difference eps_c - eps_u the part along eps_c, which saturates colours, is weakened, its length is limited and
/// past differences are averaged in.
/// </summary>
/// <remarks>Sadat et al. 2024, arXiv:2410.02416. Keeps its average between steps: one instance per picture, disposed after it.</remarks>
public sealed class AdaptiveProjectedGuidance : IDisposable
{
    private Tensor? _average;

    /// <summary>eta, the weight of the part along eps_c; 1 keeps it, 0 removes it.</summary>
    public double ParallelWeight { get; init; } = 1;

    /// <summary>r, the largest norm of the difference per item; 0 for no limit.</summary>
    public double NormLimit { get; init; }

    /// <summary>beta of average = difference + beta average, usually negative; null for none.</summary>
    public double? Momentum { get; init; }

    /// <summary>What the update is added to.</summary>
    public GuidanceBasis Basis { get; init; }

    /// <summary>The guided prediction; call once a step.</summary>
    /// <param name="unconditional">eps_u, [B, ...].</param>
    /// <param name="conditional">eps_c.</param>
    /// <param name="scale">s.</param>
    /// <returns>As conditional; belongs to the caller's dispose scope.</returns>
    public Tensor Combine(Tensor unconditional, Tensor conditional, double scale)
    {
        using var scope = NewDisposeScope();
        var difference = conditional - unconditional;
        if (Momentum is { } momentum)
        {
            if (_average is not null) difference = difference + momentum * _average;
            _average?.Dispose();
            _average = difference.alias().DetachFromDisposeScope();
        }
        if (NormLimit > 0)
            difference = difference * (NormLimit / ClassifierFreeGuidance.PerItemSum(difference.square()).sqrt()).clamp(max: 1);

        // The projection is computed in float64: it is a small difference of large numbers.
        var wide = difference.to(ScalarType.Float64);
        var direction = conditional.to(ScalarType.Float64);
        var parallel = ClassifierFreeGuidance.PerItemSum(wide * direction) / ClassifierFreeGuidance.PerItemSum(direction.square()).clamp(min: 1e-24) * direction;
        var update = (wide - parallel + ParallelWeight * parallel).to(conditional.dtype);
        return ((Basis == GuidanceBasis.Conditional ? conditional : unconditional) + scale * update).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _average?.Dispose();
}
