namespace Darkroom.Samplers;

/// <summary>sigma(t), s(t) and their derivatives at a time.</summary>
internal readonly record struct EdmTime(double T, double Sigma, double SigmaSlope, double Scale, double ScaleSlope);

/// <summary>The functions of time that an EDM sampler is made of; table 1 of Karras et al. 2022, arXiv:2206.00364.</summary>
internal sealed class EdmTimes
{
    private readonly EdmSamplerOptions _options;
    private readonly double _betaD;
    private readonly double _betaMin;

    public EdmTimes(EdmSamplerOptions options)
    {
        _options = options;
        double high = Math.Log(options.SigmaMax * options.SigmaMax + 1), low = Math.Log(options.SigmaMin * options.SigmaMin + 1);
        _betaD = 2 * (low / options.SmallestTime - high) / (options.SmallestTime - 1);
        _betaMin = high - 0.5 * _betaD;
    }

    /// <summary>Everything at time t.</summary>
    public EdmTime At(double t)
    {
        double sigma = Sigma(t), slope = _options.Schedule switch
        {
            EdmNoiseSchedule.VariancePreserving => 0.5 * (_betaMin + _betaD * t) * (sigma + 1 / sigma),
            EdmNoiseSchedule.VarianceExploding => 0.5 / sigma,
            _ => 1,
        };
        if (_options.Scaling == EdmScaling.None) return new(t, sigma, slope, 1, 0);
        double scale = 1 / Math.Sqrt(1 + sigma * sigma);
        return new(t, sigma, slope, scale, -sigma * slope * Math.Pow(scale, 3));
    }

    /// <summary>t(sigma).</summary>
    public double Inverse(double sigma) => _options.Schedule switch
    {
        EdmNoiseSchedule.VariancePreserving => (Math.Sqrt(_betaMin * _betaMin + 2 * _betaD * Math.Log(sigma * sigma + 1)) - _betaMin) / _betaD,
        EdmNoiseSchedule.VarianceExploding => sigma * sigma,
        _ => sigma,
    };

    /// <summary>The N noise levels at which the steps begin.</summary>
    public double[] Levels()
    {
        if (_options.Sigmas is { } given) return [.. given];
        var (low, high) = (_options.SigmaMin, _options.SigmaMax);
        double[] portions = [.. Enumerable.Range(0, _options.Steps).Select(i => (double)i / (_options.Steps - 1))];
        switch (_options.Discretisation)
        {
            case EdmDiscretisation.VariancePreserving:
                return [.. portions.Select(p => PreservingSigma(1 + p * (_options.SmallestTime - 1)))];
            case EdmDiscretisation.VarianceExploding:
                return [.. portions.Select(p => high * Math.Pow(low / high, p))];
            case EdmDiscretisation.ImprovedDdpm:
                var (count, c1, c2) = _options.ImprovedDdpm;
                double[] within = [.. new Diffusion.ImprovedDdpmPreconditioning(c1, c2, count).Levels.ToArray().Where(u => u >= low && u <= high)];
                return [.. portions.Select(p => within[(int)Math.Round((within.Length - 1) * p)])];
            default:
                double from = Math.Pow(high, 1 / _options.Rho), to = Math.Pow(low, 1 / _options.Rho);
                return [.. portions.Select(p => Math.Pow(from + p * (to - from), _options.Rho))];
        }
    }

    private double Sigma(double t) => _options.Schedule switch
    {
        EdmNoiseSchedule.VariancePreserving => PreservingSigma(t),
        EdmNoiseSchedule.VarianceExploding => Math.Sqrt(t),
        _ => t,
    };

    private double PreservingSigma(double t) => Math.Sqrt(Math.Exp(0.5 * _betaD * t * t + _betaMin * t) - 1);
}
