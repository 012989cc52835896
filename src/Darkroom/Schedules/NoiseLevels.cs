namespace Darkroom.Schedules;

/// <summary>
/// The noise levels sigma_t of a model at its integer timesteps t = 0 .. T-1, and the way between a fractional timestep and a noise level.
/// </summary>
/// <remarks>
/// Between two timesteps log sigma is linear in t, as in k-diffusion's DiscreteSchedule; A1111, ComfyUI and the Euler family of diffusers agree.
/// Values are float64. A1111 computes its table in float32, so that its smallest sigma differs by 1.3e-5 relative.
/// </remarks>
public sealed class NoiseLevels
{
    private readonly double[] _sigmas;
    private readonly double[] _logSigmas;

    /// <summary>From a table that increases with t; its last entry may be infinite (zero terminal SNR).</summary>
    /// <exception cref="DarkroomException">Fewer than two levels, or not positive and increasing.</exception>
    public NoiseLevels(IEnumerable<double> sigmas)
    {
        _sigmas = [.. sigmas];
        if (_sigmas.Length < 2) throw Refuse("there must be at least two");
        for (int t = 0; t < _sigmas.Length; t++)
        {
            if (!(_sigmas[t] > 0)) throw Refuse($"entry {t} is not positive");
            if (t > 0 && !(_sigmas[t] > _sigmas[t - 1])) throw Refuse($"entry {t} is not above entry {t - 1}");
        }
        _logSigmas = [.. _sigmas.Select(sigma => Math.Log(sigma))];
    }

    /// <summary>sigma_t = sqrt((1 - AlphaBar_t) / AlphaBar_t) of a discrete schedule.</summary>
    public NoiseLevels(NoiseSchedule schedule)
        : this(Enumerable.Range(0, schedule.Count).Select(schedule.Sigma))
    {
    }

    /// <summary>T, the number of integer timesteps.</summary>
    public int Count => _sigmas.Length;

    /// <summary>sigma_t, t = 0 .. T-1, increasing.</summary>
    public ReadOnlySpan<double> Sigmas => _sigmas;

    /// <summary>sigma_0, the smallest noise level that the model was trained on.</summary>
    public double Min => _sigmas[0];

    /// <summary>sigma_{T-1}, the largest noise level.</summary>
    public double Max => _sigmas[^1];

    /// <summary>sigma at a fractional timestep, log-linear between neighbours; the end values outside 0 .. T-1.</summary>
    public double SigmaAt(double timestep)
    {
        if (timestep <= 0) return _sigmas[0];
        if (timestep >= Count - 1) return _sigmas[^1];
        int low = (int)Math.Floor(timestep);
        double weight = timestep - low;
        return weight == 0 ? _sigmas[low] : Math.Exp((1 - weight) * _logSigmas[low] + weight * _logSigmas[low + 1]);
    }

    /// <summary>
    /// sigma at a fractional timestep, linear in sigma between neighbours: what diffusers' Euler family does for fractional spacings.
    /// </summary>
    public double SigmaAtLinear(double timestep) => Grid.Interpolate(_sigmas, timestep);

    /// <summary>The fractional timestep of a noise level, the inverse of <see cref="SigmaAt"/>, within 0 .. T-1.</summary>
    public double TimestepAt(double sigma)
    {
        if (!(sigma > _sigmas[0])) return 0;
        if (sigma >= _sigmas[^1]) return Count - 1;
        int found = Array.BinarySearch(_sigmas, sigma);
        if (found >= 0) return found;
        int low = ~found - 1;
        if (double.IsPositiveInfinity(_sigmas[low + 1])) return low;
        return low + (Math.Log(sigma) - _logSigmas[low]) / (_logSigmas[low + 1] - _logSigmas[low]);
    }

    /// <summary>The integer timestep whose log sigma is nearest (k-diffusion's quantize, ComfyUI's timestep).</summary>
    public int NearestTimestep(double sigma)
    {
        int low = (int)TimestepAt(sigma);
        if (low == Count - 1) return low;
        double log = Math.Log(sigma);
        return Math.Abs(log - _logSigmas[low]) <= Math.Abs(log - _logSigmas[low + 1]) ? low : low + 1;
    }

    private static DarkroomException Refuse(string why) =>
        new(ErrorKind.InvalidRequest, $"These are not the noise levels of a model: {why}.");
}
