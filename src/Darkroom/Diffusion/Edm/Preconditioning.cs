namespace Darkroom.Diffusion;

/// <summary>D(x; sigma) = Skip x + Output F(In x; Noise), F the network.</summary>
/// <param name="Skip">c_skip.</param>
/// <param name="Output">c_out.</param>
/// <param name="In">c_in.</param>
/// <param name="Noise">c_noise, what the network is told of sigma.</param>
public readonly record struct PreconditioningFactors(double Skip, double Output, double In, double Noise);

/// <summary>
/// How a denoiser D is made of a network F for x = x_0 + sigma eps; table 1 of Karras et al. 2022 (EDM), arXiv:2206.00364. In float64 on the host.
/// </summary>
public abstract class Preconditioning
{
    /// <summary>The smallest sigma that the network was trained on.</summary>
    public abstract double SigmaMin { get; }

    /// <summary>The largest; may be infinite.</summary>
    public abstract double SigmaMax { get; }

    /// <summary>The factors at a noise level.</summary>
    /// <param name="sigma">Above 0.</param>
    public abstract PreconditioningFactors At(double sigma);

    /// <summary>The nearest noise level that the network knows; sigma itself unless they are discrete.</summary>
    public virtual double Round(double sigma) => sigma;
}

/// <summary>
/// EDM's own: c_skip = s_d^2/(sigma^2 + s_d^2), c_out = sigma s_d/sqrt(sigma^2 + s_d^2), c_in = 1/sqrt(sigma^2 + s_d^2), c_noise =
/// ln(sigma)/4.
/// </summary>
/// <param name="sigmaData">s_d, the standard deviation of the data; 0.5 for pictures in [-1, 1].</param>
public sealed class EdmPreconditioning(double sigmaData = 0.5) : Preconditioning
{
    /// <inheritdoc/>
    public override double SigmaMin => 0;

    /// <inheritdoc/>
    public override double SigmaMax => double.PositiveInfinity;

    /// <inheritdoc/>
    public override PreconditioningFactors At(double sigma)
    {
        double sum = sigma * sigma + sigmaData * sigmaData, root = Math.Sqrt(sum);
        return new(sigmaData * sigmaData / sum, sigma * sigmaData / root, 1 / root, Math.Log(sigma) / 4);
    }
}

/// <summary>
/// Variance preserving (Song et al. 2021): c_skip = 1, c_out = -sigma, c_in = 1/sqrt(sigma^2 + 1), c_noise = (M - 1) t(sigma).
/// </summary>
/// <param name="betaD">beta_d, the range of beta.</param>
/// <param name="betaMin">beta_min.</param>
/// <param name="steps">M, the timesteps of the original training.</param>
/// <param name="smallestTime">eps_t, the time of the smallest sigma.</param>
public sealed class VariancePreservingPreconditioning(double betaD = 19.9, double betaMin = 0.1, int steps = 1000, double smallestTime = 1e-5) : Preconditioning
{
    /// <inheritdoc/>
    public override double SigmaMin => Sigma(smallestTime);

    /// <inheritdoc/>
    public override double SigmaMax => Sigma(1);

    /// <summary>sigma(t) = sqrt(exp(beta_d t^2/2 + beta_min t) - 1).</summary>
    public double Sigma(double time) => Math.Sqrt(Math.Exp(0.5 * betaD * time * time + betaMin * time) - 1);

    /// <summary>t(sigma), the inverse.</summary>
    public double Time(double sigma) => (Math.Sqrt(betaMin * betaMin + 2 * betaD * Math.Log(1 + sigma * sigma)) - betaMin) / betaD;

    /// <inheritdoc/>
    public override PreconditioningFactors At(double sigma) => new(1, -sigma, 1 / Math.Sqrt(sigma * sigma + 1), (steps - 1) * Time(sigma));
}

/// <summary>Variance exploding (Song et al. 2021): c_skip = 1, c_out = sigma, c_in = 1, c_noise = ln(sigma/2).</summary>
/// <param name="sigmaMin">The smallest sigma.</param>
/// <param name="sigmaMax">The largest.</param>
public sealed class VarianceExplodingPreconditioning(double sigmaMin = 0.02, double sigmaMax = 100) : Preconditioning
{
    /// <inheritdoc/>
    public override double SigmaMin => sigmaMin;

    /// <inheritdoc/>
    public override double SigmaMax => sigmaMax;

    /// <inheritdoc/>
    public override PreconditioningFactors At(double sigma) => new(1, sigma, 1, Math.Log(0.5 * sigma));
}
