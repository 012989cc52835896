namespace Darkroom.Diffusion;

/// <summary>
/// The sub-VP SDE, whose variance is bounded by that of VP: dx = -beta(t)/2 x dt + sqrt(beta(t) (1 - alpha(t)^4)) dw; better likelihoods.
/// </summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, sec. 3.4, eq. 28 and 29: alpha(t) as in VP, sigma(t) = 1 - alpha(t)^2 (no square root). It has no discrete form, hence no
/// ancestral sampling; a Langevin corrector takes the factor of VP, where the authors' program fails. The network puts out eps and is told 999 t.
/// </remarks>
/// <param name="betaMin">beta(0).</param>
/// <param name="betaMax">beta(1).</param>
public sealed class SubVariancePreservingSde(double betaMin = 0.1, double betaMax = 20) : Sde
{
    private readonly LinearBeta _beta = new(betaMin, betaMax);

    /// <inheritdoc/>
    public override string Name => "sub-VP";

    /// <inheritdoc/>
    public override double Drift(double t) => -0.5 * _beta.At(t);

    /// <inheritdoc/>
    public override double Diffusion(double t) => Math.Sqrt(-_beta.At(t) * LinearBeta.Expm1(4 * _beta.LogAlpha(t)));

    /// <inheritdoc/>
    public override NoisePoint At(double t)
    {
        double log = _beta.LogAlpha(t);
        return new(999 * t, Math.Exp(log), -LinearBeta.Expm1(2 * log));
    }

    /// <inheritdoc/>
    public override double LangevinFactor(double t, int steps) => 1 - _beta.Discrete(Level(t, steps), steps);
}
