using Darkroom.Schedules;

namespace Darkroom.Diffusion;

/// <summary>
/// The variance-preserving SDE, the limit of DDPM: dx = -beta(t)/2 x dt + sqrt(beta(t)) dw, beta(t) = beta_min + t (beta_max - beta_min).
/// </summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, eq. 11, 29 and 33: alpha(t) = exp(-t^2 (beta_max - beta_min)/4 - t beta_min/2), sigma(t)^2 = 1 - alpha(t)^2. Its discrete
/// form with N steps is DDPM with betas beta(i/(N-1))/N, which asks for N of at least beta_max. The network puts out eps and is told 999 t, or t (N - 1) in the
/// discrete form.
/// </remarks>
/// <param name="betaMin">beta(0).</param>
/// <param name="betaMax">beta(1).</param>
public sealed class VariancePreservingSde(double betaMin = 0.1, double betaMax = 20) : Sde
{
    private readonly LinearBeta _beta = new(betaMin, betaMax);

    /// <inheritdoc/>
    public override string Name => "VP";

    /// <inheritdoc/>
    public override double Drift(double t) => -0.5 * _beta.At(t);

    /// <inheritdoc/>
    public override double Diffusion(double t) => Math.Sqrt(_beta.At(t));

    /// <inheritdoc/>
    public override NoisePoint At(double t)
    {
        double log = _beta.LogAlpha(t);
        return new(999 * t, Math.Exp(log), Math.Sqrt(-LinearBeta.Expm1(2 * log)));
    }

    /// <inheritdoc/>
    public override NoisePoint DiscreteAt(double t, int steps) =>
        NoisePoint.VariancePreserving(t * (steps - 1), Schedule(steps).AlphaBar[Level(t, steps)]);

    /// <inheritdoc/>
    /// <exception cref="DarkroomException">N is below beta_max.</exception>
    public override SdeStep Discretise(double t, int steps)
    {
        double beta = _beta.Discrete(Level(t, steps), steps);
        return new(Math.Sqrt(1 - beta) - 1, Math.Sqrt(beta));
    }

    /// <summary>sqrt(beta_i), the larger of DDPM's two choices.</summary>
    /// <inheritdoc/>
    public override double AncestralDeviation(double t, int steps) => Math.Sqrt(_beta.Discrete(Level(t, steps), steps));

    /// <inheritdoc/>
    public override double LangevinFactor(double t, int steps) => 1 - _beta.Discrete(Level(t, steps), steps);

    /// <summary>The discrete form with N steps.</summary>
    /// <exception cref="DarkroomException">N is below beta_max.</exception>
    public NoiseSchedule Schedule(int steps) => _beta.Schedule(steps);
}
