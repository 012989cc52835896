namespace Darkroom.Diffusion;

/// <summary>
/// Improved DDPM, DDIM: c_skip = 1, c_out = -sigma, c_in = 1/sqrt(sigma^2 + 1), c_noise = M - 1 - j, where u_j is the nearest of M discrete noise levels.
/// </summary>
/// <remarks>
/// u_M = 0, u_{j-1} = sqrt((u_j^2 + 1) / max(abar_{j-1} / abar_j, c_1) - 1), abar_j = sin^2(pi/2 j / (M (c_2 + 1))); Karras et al. 2022, table 1. c_in and c_out
/// use the sigma given, not the rounded one.
/// </remarks>
public sealed class ImprovedDdpmPreconditioning : Preconditioning
{
    private readonly double[] _levels;

    /// <summary>The preconditioning with its table of noise levels.</summary>
    /// <param name="c1">The smallest ratio of neighbouring abar.</param>
    /// <param name="c2">The offset of the cosine schedule.</param>
    /// <param name="steps">M.</param>
    public ImprovedDdpmPreconditioning(double c1 = 0.001, double c2 = 0.008, int steps = 1000)
    {
        double AlphaBar(int j) => Math.Pow(Math.Sin(0.5 * Math.PI * j / steps / (c2 + 1)), 2);
        _levels = new double[steps + 1];
        for (int j = steps; j > 0; j--)
            _levels[j - 1] = Math.Sqrt((_levels[j] * _levels[j] + 1) / Math.Max(AlphaBar(j - 1) / AlphaBar(j), c1) - 1);
    }

    /// <summary>u_0 .. u_M, descending to 0.</summary>
    public ReadOnlySpan<double> Levels => _levels;

    /// <inheritdoc/>
    public override double SigmaMin => _levels[^2];

    /// <inheritdoc/>
    public override double SigmaMax => _levels[0];

    /// <inheritdoc/>
    public override double Round(double sigma) => _levels[Nearest(sigma)];

    /// <inheritdoc/>
    public override PreconditioningFactors At(double sigma) => new(1, -sigma, 1 / Math.Sqrt(sigma * sigma + 1), _levels.Length - 2 - Nearest(sigma));

    private int Nearest(double sigma)
    {
        int best = 0;
        for (int j = 1; j < _levels.Length; j++)
            if (Math.Abs(_levels[j] - sigma) < Math.Abs(_levels[best] - sigma)) best = j;
        return best;
    }
}
