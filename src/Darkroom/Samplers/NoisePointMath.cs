using Darkroom.Diffusion;

namespace Darkroom.Samplers;

/// <summary>
/// The quantities that samplers work in. Every sampler here is written for x = alpha x_0 + sigma eps with any alpha, so
/// that one text serves the variance-preserving and the variance-exploding view of a process.
/// </summary>
internal static class NoisePointMath
{
    extension(NoisePoint point)
    {
        /// <summary>
        /// lambda = ln(alpha / sigma), half the log signal-to-noise ratio (Lu et al. 2022, arXiv:2206.00927, sec. 3.1).
        /// </summary>
        public double Lambda => Math.Log(point.Alpha) - Math.Log(point.Sigma);
    }

    /// <summary>exp(x) - 1 without cancellation near 0 (Kahan's form).</summary>
    public static double Expm1(double x)
    {
        if (Math.Abs(x) > 0.5) return Math.Exp(x) - 1;
        double u = Math.Exp(x);
        return u == 1 ? x : (u - 1) * x / Math.Log(u);
    }
}
