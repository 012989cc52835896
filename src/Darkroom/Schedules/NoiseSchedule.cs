namespace Darkroom.Schedules;

/// <summary>
/// The forward process q(x_t | x_0) = N(sqrt(AlphaBar_t) x_0, (1 - AlphaBar_t) I) in discrete time, t = 0 .. T-1, in float64 on the host.
/// </summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, eq. 4: alpha_t = 1 - beta_t, AlphaBar_t = prod_{s &lt;= t} alpha_s.</remarks>
public sealed class NoiseSchedule
{
    /// <summary>2^-24, which diffusers puts for a last AlphaBar of 0 so that sigma stays finite (Euler, DPM-Solver, UniPC).</summary>
    public const double SmallestAlphaBar = 1.0 / (1 << 24);

    private readonly double[] _betas;
    private readonly double[] _alphaBar;

    /// <summary>A schedule from its betas, each in (0, 1].</summary>
    /// <exception cref="DarkroomException">There are none, or one is out of range.</exception>
    public NoiseSchedule(IEnumerable<double> betas)
    {
        _betas = [.. betas];
        int wrong = Array.FindIndex(_betas, beta => !(beta > 0 && beta <= 1));
        if (_betas.Length == 0 || wrong >= 0)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest, _betas.Length == 0
                ? "A noise schedule needs at least one beta." : $"beta {wrong} is {_betas[wrong]}, but must lie above 0 and up to 1.", "betas");
        }
        _alphaBar = new double[_betas.Length];
        double product = 1;
        for (int t = 0; t < _betas.Length; t++) _alphaBar[t] = product *= 1 - _betas[t];
    }

    private NoiseSchedule(double[] betas, double[] alphaBar) => (_betas, _alphaBar) = (betas, alphaBar);

    /// <summary>T, the number of steps of the forward process.</summary>
    public int Count => _betas.Length;

    /// <summary>beta_t, t = 0 .. T-1.</summary>
    public ReadOnlySpan<double> Betas => _betas;

    /// <summary>AlphaBar_t (alphas_cumprod), t = 0 .. T-1, decreasing.</summary>
    public ReadOnlySpan<double> AlphaBar => _alphaBar;

    /// <summary>AlphaBar_{t-1}, which is 1 for t = 0.</summary>
    public double PreviousAlphaBar(int t) => t == 0 ? 1 : _alphaBar[t - 1];

    /// <summary>The noise level of the variance-exploding view, sigma_t = sqrt((1 - AlphaBar_t) / AlphaBar_t).</summary>
    public double Sigma(int t) => Math.Sqrt((1 - _alphaBar[t]) / _alphaBar[t]);

    /// <summary>log(AlphaBar_t / (1 - AlphaBar_t)), the log signal-to-noise ratio, = -2 log sigma_t.</summary>
    public double LogSignalToNoise(int t) => Math.Log(_alphaBar[t]) - Math.Log(1 - _alphaBar[t]);

    /// <summary>beta_t = linspace(start, end, T) (DDPM; CompVis calls it "sqrt_linear").</summary>
    public static NoiseSchedule Linear(double start = 1e-4, double end = 0.02, int count = 1000) => BetaSchedules.Create("linear", count, start, end);

    /// <summary>beta_t = linspace(sqrt(start), sqrt(end), T)^2 (latent diffusion, Stable Diffusion; CompVis calls it "linear").</summary>
    public static NoiseSchedule ScaledLinear(double start = 0.00085, double end = 0.012, int count = 1000) =>
        BetaSchedules.Create("scaled_linear", count, start, end);

    /// <summary>The cosine schedule of improved DDPM, betas at most 0.999.</summary>
    public static NoiseSchedule Cosine(int count = 1000) => BetaSchedules.Create("squaredcos_cap_v2", count);

    /// <summary>The schedule whose AlphaBar is given: beta_t = 1 - AlphaBar_t / AlphaBar_{t-1}.</summary>
    /// <param name="alphaBar">Decreasing within (0, 1); the last may be 0.</param>
    /// <exception cref="DarkroomException">It is empty or not decreasing.</exception>
    public static NoiseSchedule FromAlphaBar(IReadOnlyList<double> alphaBar)
    {
        var betas = new double[alphaBar.Count];
        double previous = 1;
        for (int t = 0; t < betas.Length; previous = alphaBar[t++])
        {
            if (!(alphaBar[t] >= 0 && alphaBar[t] < previous))
                throw new DarkroomException(ErrorKind.InvalidRequest, $"AlphaBar must decrease from below 1 to 0, but entry {t} is {alphaBar[t]}.", "alphas_cumprod");
            betas[t] = 1 - alphaBar[t] / previous;
        }
        return betas.Length > 0 ? new(betas, [.. alphaBar]) : new NoiseSchedule([]);
    }

    /// <summary>
    /// sqrt(AlphaBar) shifted and stretched so that its last entry becomes 0 and its first stays: the last step is pure noise.
    /// </summary>
    /// <remarks>Lin et al. 2023, arXiv:2305.08891, algorithm 1. sigma_{T-1} is infinite then; see <see cref="WithFiniteSigmas"/>.</remarks>
    public NoiseSchedule RescaleToZeroTerminalSnr()
    {
        if (Count < 2) throw new DarkroomException(ErrorKind.InvalidRequest, "A schedule of one step cannot be rescaled to zero terminal SNR.");
        double first = Math.Sqrt(_alphaBar[0]), last = Math.Sqrt(_alphaBar[^1]);
        double[] squares = [.. _alphaBar.Select(a => Math.Pow((Math.Sqrt(a) - last) * (first / (first - last)), 2))];
        var betas = new double[Count];
        for (int t = 0; t < Count; t++) betas[t] = 1 - (t == 0 ? squares[0] : squares[t] / squares[t - 1]);
        return new NoiseSchedule(betas);
    }

    /// <summary>This schedule with <see cref="SmallestAlphaBar"/> for a last AlphaBar of 0; itself where it is above, however little.</summary>
    /// <remarks>As in diffusers, only AlphaBar changes; the last beta stays.</remarks>
    public NoiseSchedule WithFiniteSigmas() => _alphaBar[^1] > 0 ? this : WithTerminalAlphaBar(SmallestAlphaBar);

    /// <summary>This schedule with a last AlphaBar of at least the value given (ComfyUI: 4.8973451890853435e-08).</summary>
    public NoiseSchedule WithTerminalAlphaBar(double smallest) =>
        _alphaBar[^1] >= smallest ? this : new(_betas, [.. _alphaBar[..^1], smallest]);
}
