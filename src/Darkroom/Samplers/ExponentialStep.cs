using Darkroom.Diffusion;

namespace Darkroom.Samplers;

/// <summary>What a DPM-Solver integrates exactly: which prediction is expanded in lambda.</summary>
public enum SolverPrediction
{
    /// <summary>x_0 hat (DPM-Solver++, UniPC with predict_x0).</summary>
    Denoised,

    /// <summary>eps hat (DPM-Solver).</summary>
    Epsilon,
}

/// <summary>Two ways of the second-order term of DPM-Solver; both have order two.</summary>
public enum SecondOrderTerm
{
    /// <summary>Half the first-order weight.</summary>
    Midpoint,

    /// <summary>The exact integral of the linear term.</summary>
    Heun,
}

/// <summary>
/// The weights of one step of an exponential integrator over h = lambda' - lambda, for the state, the prediction at the
/// start of the step, its first and second divided difference, and fresh noise.
/// </summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2211.01095, eqs. 9, 14, B.5 (x_0 hat) and arXiv:2206.00927, eqs. 3.7, B.7 (eps hat). With
/// noise of strength eta the exponent grows to k = 1 + eta: eta = 0 is the ODE, 1 the SDE (arXiv:2211.01095, eqs. 18
/// and 19).
/// </remarks>
internal readonly record struct ExponentialStep(double X, double First, double Midpoint, double Heun, double Second, double Noise)
{
    /// <summary>The weight of the first difference.</summary>
    public double Difference(SecondOrderTerm term) => term == SecondOrderTerm.Midpoint ? Midpoint : Heun;

    public static ExponentialStep Of(SolverPrediction prediction, NoisePoint from, NoisePoint to, double eta) =>
        prediction == SolverPrediction.Denoised ? Denoised(from, to, eta) : Epsilon(from, to, eta);

    private static ExponentialStep Denoised(NoisePoint from, NoisePoint to, double eta)
    {
        double h = to.Lambda - from.Lambda, k = (1 + eta) * h;
        double decay = to.Sigma / from.Sigma * (eta == 0 ? 1 : Math.Exp(-eta * h));
        double first = -to.Alpha * NoisePointMath.Expm1(-k);
        double phi2 = NoisePointMath.Expm1(-k) / k + 1;
        double noise = eta == 0 ? 0 : to.Sigma * Math.Sqrt(-NoisePointMath.Expm1(-2 * eta * h));
        return new(decay, first, first / 2, to.Alpha * phi2, -to.Alpha * (phi2 / k - 0.5), noise);
    }

    private static ExponentialStep Epsilon(NoisePoint from, NoisePoint to, double eta)
    {
        double h = to.Lambda - from.Lambda, k = 1 + eta;
        double first = -k * (to.Alpha * from.Ratio - to.Sigma); // sigma' (exp(h) - 1), also where sigma' is 0
        double grown = NoisePointMath.Expm1(h);
        double noise = eta == 0 ? 0 : eta * to.Sigma * Math.Sqrt(NoisePointMath.Expm1(2 * h));
        return new(to.Alpha / from.Alpha, first, first / 2,
            -k * to.Sigma * (grown / h - 1), -k * to.Sigma * ((grown - h) / (h * h) - 0.5), noise);
    }
}
