using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// Steps of DPM-Solver of order one to three in t = -ln sigma, in the variance-exploding view; the evaluation at t is
/// shared.
/// </summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2206.00927, eqs. 3.7, B.2 and alg. 2, as in k-diffusion's DPMSolver class. Times and weights
/// are float32 as there: the adaptive sampler's steps depend on the difference of two orders, in which that rounding
/// shows.
/// </remarks>
/// <param name="denoiser">The model.</param>
/// <param name="timestep">The network's timestep of a noise level.</param>
internal sealed class DpmSolverSteps(IDenoiser denoiser, Func<double, double> timestep)
{
    /// <summary>sigma = exp(-t).</summary>
    public static float Sigma(float t) => MathF.Exp(-t);

    /// <summary>t = -ln sigma.</summary>
    public static float Time(double sigma) => -MathF.Log((float)sigma);

    /// <summary>The point of time t.</summary>
    public NoisePoint At(float t) => new(timestep(Sigma(t)), 1, Sigma(t));

    /// <summary>The prediction for x at time t.</summary>
    public Prediction Predict(Tensor x, float t) => denoiser.Predict(x, At(t));

    /// <summary>x - sigma' (exp(h) - 1) eps.</summary>
    public static Tensor First(Tensor x, float t, float next, Tensor epsilon) =>
        WeightedSum.Of((1, x), (-Sigma(next) * Expm1(next - t), epsilon));

    /// <summary>
    /// Order two with the inner evaluation at r of the step; it gives that evaluation back for a step of order three.
    /// </summary>
    public (Tensor X, Tensor Inner) Second(Tensor x, float t, float next, Tensor epsilon, float r)
    {
        float h = next - t, s = t + r * h;
        var u = WeightedSum.Of((1, x), (-Sigma(s) * Expm1(r * h), epsilon));
        var inner = Predict(u, s).Epsilon;
        float slope = Sigma(next) / (2 * r) * Expm1(h);
        return (WeightedSum.Of((1, x), (-Sigma(next) * Expm1(h) + slope, epsilon), (-slope, inner)), inner);
    }

    /// <summary>Order three with inner evaluations at 1/3 (given) and 2/3 of the step.</summary>
    public Tensor Third(Tensor x, float t, float next, Tensor epsilon, Tensor inner)
    {
        const float R1 = 1f / 3, R2 = 2f / 3;
        float h = next - t, s = t + R2 * h;
        float slope = Sigma(s) * (R2 / R1) * (Expm1(R2 * h) / (R2 * h) - 1);
        var u = WeightedSum.Of((1, x), (-Sigma(s) * Expm1(R2 * h) + slope, epsilon), (-slope, inner));
        var outer = Predict(u, s).Epsilon;
        slope = Sigma(next) / R2 * (Expm1(h) / h - 1);
        return WeightedSum.Of((1, x), (-Sigma(next) * Expm1(h) + slope, epsilon), (-slope, outer));
    }

    private static float Expm1(float h) => (float)NoisePointMath.Expm1(h);
}
