namespace Darkroom.Diffusion;

/// <summary>
/// A point of the forward process: x = Alpha x_0 + Sigma eps, seen by the network as Timestep.
/// </summary>
/// <remarks>
/// Both views of one process are points of this kind. Variance preserving (DDPM, DDIM, DPM-Solver): Alpha = sqrt(AlphaBar), Sigma = sqrt(1 - AlphaBar).
/// Variance exploding (Karras et al. 2022, arXiv:2206.00364): Alpha = 1, Sigma = sqrt((1 - AlphaBar) / AlphaBar). They differ by a factor of x alone.
/// </remarks>
/// <param name="Timestep">What the network's time embedding gets; may be fractional.</param>
/// <param name="Alpha">Factor of the clean picture.</param>
/// <param name="Sigma">Factor of the unit noise.</param>
public readonly record struct NoisePoint(double Timestep, double Alpha, double Sigma)
{
    /// <summary>The point of the variance-preserving view: sqrt(AlphaBar), sqrt(1 - AlphaBar).</summary>
    public static NoisePoint VariancePreserving(double timestep, double alphaBar) => new(timestep, Math.Sqrt(alphaBar), Math.Sqrt(1 - alphaBar));

    /// <summary>The point of the variance-exploding view: 1, sigma.</summary>
    public static NoisePoint VarianceExploding(double timestep, double sigma) => new(timestep, 1, sigma);

    /// <summary>Sigma / Alpha, the noise level of the variance-exploding view; infinite where Alpha is 0.</summary>
    public double Ratio => Sigma / Alpha;

    /// <summary>The same noise level with Alpha^2 + Sigma^2 = 1.</summary>
    public NoisePoint ToVariancePreserving()
    {
        double norm = Math.Sqrt(Alpha * Alpha + Sigma * Sigma);
        return this with { Alpha = Alpha / norm, Sigma = Sigma / norm };
    }

    /// <summary>The same noise level with Alpha = 1.</summary>
    public NoisePoint ToVarianceExploding() => this with { Alpha = 1, Sigma = Ratio };

    /// <summary>The factor that takes x at this point to x at another point of the same noise level.</summary>
    public double ScaleTo(NoisePoint other) => Alpha > 0 ? other.Alpha / Alpha : other.Sigma / Sigma;
}
