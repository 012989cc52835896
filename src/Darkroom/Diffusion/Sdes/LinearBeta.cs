using Darkroom.Schedules;

namespace Darkroom.Diffusion;

/// <summary>
/// beta(t) = beta_min + t (beta_max - beta_min), which VP and sub-VP share, and its discrete form: DDPM with the betas beta(i/(N-1))/N.
/// </summary>
internal sealed class LinearBeta(double betaMin, double betaMax)
{
    public double At(double t) => betaMin + t * (betaMax - betaMin);

    /// <summary>-1/2 of the integral of beta from 0 to t.</summary>
    public double LogAlpha(double t) => -0.25 * t * t * (betaMax - betaMin) - 0.5 * t * betaMin;

    /// <summary>beta_i of N.</summary>
    /// <exception cref="DarkroomException">N is so small that it exceeds 1.</exception>
    public double Discrete(int i, int steps)
    {
        double beta = At(steps == 1 ? 1 : (double)i / (steps - 1)) / steps;
        return beta <= 1 ? beta : throw new DarkroomException(ErrorKind.InvalidRequest,
            $"With {steps} steps the discrete form has a beta of {beta:0.###}, but none may exceed 1.", "steps",
            $"Take at least {Math.Ceiling(betaMax)} steps, or the predictor euler_maruyama and no corrector.");
    }

    public NoiseSchedule Schedule(int steps) => new([.. Enumerable.Range(0, steps).Select(i => Discrete(i, steps))]);

    /// <summary>exp(x) - 1 for x of at most 0, without cancellation near it.</summary>
    public static double Expm1(double x) => x < -0.5 ? Math.Exp(x) - 1 : 2 * Math.Exp(x / 2) * Math.Sinh(x / 2);
}
