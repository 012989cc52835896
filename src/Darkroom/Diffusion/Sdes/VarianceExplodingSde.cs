namespace Darkroom.Diffusion;

/// <summary>
/// The variance-exploding SDE, the limit of score matching with Langevin dynamics (SMLD, NCSN): dx = sigma(t) sqrt(2 ln(sigma_max/sigma_min)) dw, sigma(t) =
/// sigma_min (sigma_max/sigma_min)^t.
/// </summary>
/// <remarks>
/// Song et al. 2021, arXiv:2011.13456, eq. 9, 29 and 31: alpha(t) = 1. Its discrete form has N levels evenly spaced in ln sigma. The network puts out the score and
/// is told sigma, or in the discrete form the number of the level, counted from the largest.
/// </remarks>
/// <param name="sigmaMin">sigma(0).</param>
/// <param name="sigmaMax">sigma(1); about the largest distance between two items of the data.</param>
public sealed class VarianceExplodingSde(double sigmaMin = 0.01, double sigmaMax = 50) : Sde
{
    /// <inheritdoc/>
    public override string Name => "VE";

    /// <inheritdoc/>
    public override double PriorDeviation => sigmaMax;

    /// <inheritdoc/>
    public override double SamplingEnd => 1e-5;

    /// <inheritdoc/>
    public override bool PredictsScore => true;

    /// <inheritdoc/>
    public override double Drift(double t) => 0;

    /// <inheritdoc/>
    public override double Diffusion(double t) => Sigma(t) * Math.Sqrt(2 * Math.Log(sigmaMax / sigmaMin));

    /// <inheritdoc/>
    public override NoisePoint At(double t) => NoisePoint.VarianceExploding(Sigma(t), Sigma(t));

    /// <inheritdoc/>
    public override NoisePoint DiscreteAt(double t, int steps)
    {
        double label = Math.Round((1 - t) * (steps - 1));
        return NoisePoint.VarianceExploding(label, Discrete(steps - 1 - (int)label, steps));
    }

    /// <inheritdoc/>
    public override SdeStep Discretise(double t, int steps)
    {
        var (sigma, next) = Neighbours(t, steps);
        return new(0, Math.Sqrt(sigma * sigma - next * next));
    }

    /// <summary>The deviation of the posterior, sqrt(sigma_{i-1}^2 (sigma_i^2 - sigma_{i-1}^2) / sigma_i^2).</summary>
    /// <inheritdoc/>
    public override double AncestralDeviation(double t, int steps)
    {
        var (sigma, next) = Neighbours(t, steps);
        return Math.Sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
    }

    /// <summary>sigma_i of the discrete form, i = 0 .. N-1, ascending.</summary>
    /// <param name="i">The level.</param>
    /// <param name="steps">N.</param>
    public double Discrete(int i, int steps) => Sigma(steps == 1 ? 1 : (double)i / (steps - 1));

    private double Sigma(double t) => sigmaMin * Math.Pow(sigmaMax / sigmaMin, t);

    private (double Sigma, double Next) Neighbours(double t, int steps)
    {
        int i = Level(t, steps);
        return (Discrete(i, steps), i == 0 ? 0 : Discrete(i - 1, steps));
    }
}
