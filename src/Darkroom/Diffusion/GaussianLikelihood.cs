using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>Divergence and likelihood of diagonal Gaussians, elementwise and in nats.</summary>
public static class GaussianLikelihood
{
    /// <summary>KL(N(m1, e^l1) || N(m2, e^l2)) = (l2 - l1 - 1 + e^(l1 - l2) + (m1 - m2)^2 e^-l2) / 2.</summary>
    /// <param name="mean1">m1; the four broadcast.</param>
    /// <param name="logVariance1">l1.</param>
    /// <param name="mean2">m2.</param>
    /// <param name="logVariance2">l2.</param>
    public static Tensor Divergence(Tensor mean1, Tensor logVariance1, Tensor mean2, Tensor logVariance2)
    {
        using var scope = NewDisposeScope();
        var difference = logVariance2 - logVariance1;
        return (0.5 * (difference - 1 + (-difference).exp() + (mean1 - mean2).square() * (-logVariance2).exp())).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// log p(x) of a Gaussian integrated over the cell of 2/255 about x, the first and last cell being open; x in [-1, 1] holds 8-bit values.
    /// </summary>
    /// <remarks>
    /// Ho et al. 2020, arXiv:2006.11239, eq. 13, with the distribution function (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2 and the clamp at 1e-12 of the
    /// original code. Computed in float64 whatever the input is, and cast back: in float32 the two distribution functions cancel in the tails (up to 9 nats).
    /// </remarks>
    /// <param name="x">The data.</param>
    /// <param name="mean">Mean, as x.</param>
    /// <param name="logScale">log of the standard deviation; broadcasts.</param>
    public static Tensor LogDiscretized(Tensor x, Tensor mean, Tensor logScale)
    {
        const double HalfCell = 1.0 / 255, Smallest = 1e-12;
        using var scope = NewDisposeScope();
        var wide = x.to(ScalarType.Float64);
        var centred = wide - mean.to(ScalarType.Float64);
        var inverse = (-logScale.to(ScalarType.Float64)).exp();
        var upper = Distribution(inverse * (centred + HalfCell));
        var lower = Distribution(inverse * (centred - HalfCell));
        var logUpper = upper.clamp(min: Smallest).log();
        var logAbove = (1 - lower).clamp(min: Smallest).log();
        var logCell = (upper - lower).clamp(min: Smallest).log();
        var log = where(wide < -0.999, logUpper, where(wide > 0.999, logAbove, logCell));
        return log.to(x.dtype).MoveToOuterDisposeScope();
    }

    private static Tensor Distribution(Tensor z) => 0.5 * (1 + (Math.Sqrt(2 / Math.PI) * (z + 0.044715 * z.pow(3))).tanh());
}
