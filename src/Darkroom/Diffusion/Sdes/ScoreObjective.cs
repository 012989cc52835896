using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>Denoising score matching with a noise level per item: lambda |eps - eps hat|^2, in which score = -eps / sigma.</summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, eq. 7: the usual weight sigma^2 |score hat - score|^2 is |eps hat - eps|^2, in continuous time and on discrete levels alike
/// (SMLD: <see cref="VarianceExplodingSde"/>, DDPM: <see cref="VariancePreservingSde"/>). Likelihood weighting, g(t)^2 |score hat - score|^2, bounds the likelihood (Song
/// et al. 2021, arXiv:2101.09258, theorem 1). Results belong to the caller's dispose scope.
/// </remarks>
public static class ScoreObjective
{
    /// <summary>The smallest time of training and of likelihoods, 1e-5.</summary>
    public const double SmallestTime = 1e-5;

    /// <summary>A time within [smallest, 1) from a uniform number.</summary>
    /// <param name="uniform">0 .. 1.</param>
    /// <param name="smallest">eps.</param>
    public static double Time(double uniform, double smallest = SmallestTime) => smallest + uniform * (1 - smallest);

    /// <summary>alpha x_0 + sigma eps.</summary>
    /// <param name="x0">[B, ...].</param>
    /// <param name="noise">eps, as x0.</param>
    /// <param name="at">B points.</param>
    public static Tensor AddNoise(Tensor x0, Tensor noise, IReadOnlyList<NoisePoint> at)
    {
        using var scope = NewDisposeScope();
        return (Column(at, p => p.Alpha, x0) * x0 + Column(at, p => p.Sigma, x0) * noise).MoveToOuterDisposeScope();
    }

    /// <summary>eps hat from the output of a network of an SDE: the output itself, or -sigma times it where it is the score.</summary>
    /// <param name="sde">The process.</param>
    /// <param name="output">[B, ...].</param>
    /// <param name="at">B points.</param>
    public static Tensor Epsilon(Sde sde, Tensor output, IReadOnlyList<NoisePoint> at)
    {
        ArgumentNullException.ThrowIfNull(sde);
        using var scope = NewDisposeScope();
        return (sde.PredictsScore ? Column(at, p => -p.Sigma, output) * output : output.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>g(t)^2 / sigma(t)^2, the weight of |eps - eps hat|^2 that bounds the likelihood; without it the weight is 1.</summary>
    /// <param name="sde">The process.</param>
    /// <param name="t">Above 0.</param>
    public static double LikelihoodWeight(Sde sde, double t)
    {
        ArgumentNullException.ThrowIfNull(sde);
        return Math.Pow(sde.Diffusion(t) / sde.At(t).Sigma, 2);
    }

    /// <summary>lambda |eps - eps hat|^2 per item: the mean over its numbers, or half the sum as in the authors' program.</summary>
    /// <param name="epsilon">eps hat, [B, ...].</param>
    /// <param name="noise">eps, as epsilon.</param>
    /// <param name="weights">lambda of each item; null for 1.</param>
    /// <param name="halfSum">Half the sum in place of the mean.</param>
    /// <returns>[B].</returns>
    public static Tensor Loss(Tensor epsilon, Tensor noise, IReadOnlyList<double>? weights = null, bool halfSum = false)
    {
        using var scope = NewDisposeScope();
        var squares = (epsilon - noise).square().flatten(1);
        var loss = halfSum ? 0.5 * squares.sum(1) : squares.mean([1]);
        if (weights is not null) loss = loss * tensor(weights.ToArray(), ScalarType.Float64).to(loss.dtype, loss.device);
        return loss.MoveToOuterDisposeScope();
    }

    private static Tensor Column(IReadOnlyList<NoisePoint> at, Func<NoisePoint, double> factor, Tensor like) =>
        PerItem.Column(tensor(at.Select(factor).ToArray(), ScalarType.Float64), like);
}
