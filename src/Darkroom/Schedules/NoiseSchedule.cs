namespace Darkroom.Schedules;

/// <summary>
/// The forward process q(x_t | x_0) = N(sqrt(AlphaBar_t) x_0, (1 - AlphaBar_t) I) in discrete time, t = 0 .. T-1, in float64 on the host.
/// </summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, eq. 4: alpha_t = 1 - beta_t, AlphaBar_t = prod_{s &lt;= t} alpha_s.</remarks>
public sealed class NoiseSchedule
{
    private readonly double[] _betas;
    private readonly double[] _alphaBar;

    /// <summary>A schedule from its betas, each in (0, 1].</summary>
    public NoiseSchedule(IEnumerable<double> betas)
    {
        _betas = [.. betas];
        if (_betas.Length == 0) throw new ArgumentException("A noise schedule needs at least one beta.", nameof(betas));
        _alphaBar = new double[_betas.Length];
        double product = 1;
        for (int t = 0; t < _betas.Length; t++) _alphaBar[t] = product *= 1 - _betas[t];
    }

    /// <summary>T, the number of steps of the forward process.</summary>
    public int Count => _betas.Length;

    /// <summary>beta_t, t = 0 .. T-1.</summary>
    public ReadOnlySpan<double> Betas => _betas;

    /// <summary>AlphaBar_t (alphas_cumprod), t = 0 .. T-1, decreasing.</summary>
    public ReadOnlySpan<double> AlphaBar => _alphaBar;

    /// <summary>The noise level of the variance-exploding view, sigma_t = sqrt((1 - AlphaBar_t) / AlphaBar_t).</summary>
    public double Sigma(int t) => Math.Sqrt((1 - _alphaBar[t]) / _alphaBar[t]);

    /// <summary>beta_t = linspace(start, end, T) (DDPM; CompVis calls it "sqrt_linear").</summary>
    public static NoiseSchedule Linear(double start = 1e-4, double end = 0.02, int count = 1000) =>
        new(Enumerable.Range(0, count).Select(t => count == 1 ? start : start + (end - start) * t / (count - 1)));

    /// <summary>beta_t = linspace(sqrt(start), sqrt(end), T)^2 (latent diffusion, Stable Diffusion; CompVis calls it "linear").</summary>
    public static NoiseSchedule ScaledLinear(double start = 0.00085, double end = 0.012, int count = 1000) =>
        new(Linear(Math.Sqrt(start), Math.Sqrt(end), count)._betas.Select(root => root * root));
}
