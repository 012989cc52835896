using Darkroom.Diffusion;
using Darkroom.Schedules;

namespace Darkroom.Samplers;

/// <summary>Samplers of score-based models: predictor and corrector, the probability-flow ODE, annealed Langevin dynamics.</summary>
public static class ScoreSamplers
{
    /// <summary>
    /// Predictor-corrector sampling at the times linspace(1, eps, N): at each, the corrector's steps, then the predictor's.
    /// </summary>
    /// <remarks>
    /// Song et al. 2021, arXiv:2011.13456, alg. 1. Each step draws its noise, used or not, in the order of the authors' program.
    /// </remarks>
    /// <param name="sde">The process that the network was trained on.</param>
    /// <param name="options">Which steps are made.</param>
    /// <exception cref="DarkroomException">Options out of range, or a form that the process does not have.</exception>
    public static PreparedSampler PredictorCorrector(Sde sde, PredictorCorrectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(sde);
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        int steps = options.Steps;
        double[] times = Grid.Linspace(1, options.End ?? sde.SamplingEnd, steps);
        NoisePoint At(double t) => options.Discrete ? sde.DiscreteAt(t, steps) : sde.At(t);
        return Loop(options, sde.PriorDeviation, [.. times.Select(t => new Level(
            At(t), () => Predict(sde, options, t), () => Correct(options, sde.LangevinFactor(t, steps), sde.At(t).Sigma)))]);
    }

    /// <summary>The probability-flow ODE from time 1 to eps, with as many evaluations as the tolerances ask for.</summary>
    /// <remarks>
    /// Song et al. 2021, arXiv:2011.13456, sec. 4.3, with the step control of scipy's RK45. The plan's points between the ends are places to enter, as image to image
    /// does; entered at its start, its ends alone count.
    /// </remarks>
    /// <param name="sde">The process that the network was trained on.</param>
    /// <param name="steps">How many places to enter there are, at least 1.</param>
    /// <param name="end">eps; null for the process' own.</param>
    /// <param name="relativeTolerance">rtol, at least 1e-13; default 1e-5.</param>
    /// <param name="absoluteTolerance">atol, above 0; default 1e-5.</param>
    /// <param name="denoise">
    /// Whether one noiseless step of the reverse diffusion, as of 1000, removes the last noise; default false.
    /// </param>
    /// <exception cref="DarkroomException">A parameter is out of range.</exception>
    public static PreparedSampler ProbabilityFlow(
        Sde sde, int steps = 1, double? end = null, double relativeTolerance = 1e-5, double absoluteTolerance = 1e-5, bool denoise = false)
    {
        ArgumentNullException.ThrowIfNull(sde);
        var problems = new List<Problem>();
        double last = end ?? sde.SamplingEnd;
        if (steps < 1) problems.Add(new($"It is {steps}, but must be at least 1.", "steps"));
        if (!(last >= 0 && last < 1)) problems.Add(new($"It is {last}, but must be at least 0 and below 1.", "eps"));
        if (!(relativeTolerance >= 1e-13)) problems.Add(new($"It is {relativeTolerance}, but must be at least 1e-13.", "rtol"));
        if (!(absoluteTolerance > 0)) problems.Add(new($"It is {absoluteTolerance}, but must be above 0.", "atol"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);

        ScoreUpdate? clean = denoise ? ReverseDiffusion(sde.Discretise(last, 1000), flow: false).WithoutNoise : null;
        return Flow(sde, Grid.Linspace(1, last, steps + 1), clean, relativeTolerance, absoluteTolerance);
    }

    /// <summary>The ODE between times, and what is done at its end.</summary>
    internal static PreparedSampler Flow(Sde sde, double[] times, ScoreUpdate? denoise, double relativeTolerance = 1e-5, double absoluteTolerance = 1e-5)
    {
        var sampler = new ProbabilityFlowSampler
        {
            Sde = sde,
            Times = times,
            RelativeTolerance = relativeTolerance,
            AbsoluteTolerance = absoluteTolerance,
            Denoise = denoise,
        };
        NoisePoint[] points = [.. times.Select(sde.At)];
        if (denoise is not null) points[^1] = new(0, 1, 0);
        return new(sampler, new() { Points = points, InitialNoiseScale = sde.PriorDeviation });
    }

    /// <summary>
    /// Annealed Langevin dynamics: M steps at each noise level, x' = x + e_i s + sqrt(2 e_i) z with e_i = e sigma_i^2 / sigma_L^2.
    /// </summary>
    /// <remarks>
    /// Song and Ermon 2019 (NCSN), arXiv:1907.05600, alg. 1, whose alpha is 2 e; the last, noiseless step x + sigma_L^2 s is that of Song and Ermon 2020 (NCSNv2),
    /// arXiv:2006.09011, sec. 4. NCSN starts from uniform numbers in [0, 1], NCSNv2 from any noise; the picture's own noise times sigma_1 serves both.
    /// </remarks>
    /// <param name="levels">The noise levels with what the network is told of each; sigma descending, all above 0.</param>
    /// <param name="stepsPerLevel">M, at least 1: 100 for NCSN, 3 to 5 for NCSNv2.</param>
    /// <param name="stepSize">e, above 0: 2e-5 for NCSN.</param>
    /// <param name="denoise">Whether the last, noiseless step is made.</param>
    /// <exception cref="DarkroomException">A parameter is out of range.</exception>
    public static PreparedSampler AnnealedLangevin(IReadOnlyList<NoisePoint> levels, int stepsPerLevel = 100, double stepSize = 2e-5, bool denoise = true)
    {
        ArgumentNullException.ThrowIfNull(levels);
        var problems = new List<Problem>();
        if (levels.Count == 0 || !levels.All(at => at.Sigma > 0) || levels.Zip(levels.Skip(1)).Any(pair => pair.First.Sigma <= pair.Second.Sigma))
            problems.Add(new("Noise levels must be above 0 and descend, at least one of them.", "sigmas"));
        if (stepsPerLevel < 1) problems.Add(new($"It is {stepsPerLevel}, but must be at least 1.", "steps per level"));
        if (!(stepSize > 0)) problems.Add(new($"It is {stepSize}, but must be above 0.", "step size"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);

        double last = levels[^1].Sigma;
        var points = new List<NoisePoint>();
        var updates = new List<ScoreUpdate>();
        foreach (var at in levels)
        {
            points.AddRange(Enumerable.Repeat(at, stepsPerLevel));
            updates.AddRange(Enumerable.Repeat(ScoreUpdate.Langevin(stepSize * Math.Pow(at.Sigma / last, 2)), stepsPerLevel));
        }
        if (denoise)
        {
            points.Add(levels[^1]);
            updates.Add(new(1, last * last, 0));
        }
        points.Add(denoise ? new(0, 1, 0) : levels[^1]);
        return new(new ScoreSampler { Updates = updates }, new() { Points = points, InitialNoiseScale = levels[0].Sigma, Order = stepsPerLevel });
    }

    /// <summary>A time of the loop: where x lies, and what is done there.</summary>
    internal sealed record Level(NoisePoint At, Func<ScoreUpdate> Predictor, Func<ScoreUpdate> Corrector);

    /// <summary>The loop of alg. 1 over any levels.</summary>
    internal static PreparedSampler Loop(PredictorCorrectorOptions options, double prior, IReadOnlyList<Level> levels)
    {
        bool predicts = options.Predictor != ReversePredictor.None;
        int corrections = options.Corrector == LangevinCorrector.None ? 0 : options.CorrectorSteps;
        var points = new List<NoisePoint>();
        var updates = new List<ScoreUpdate>();
        foreach (var level in levels)
        {
            points.AddRange(Enumerable.Repeat(level.At, corrections + (predicts ? 1 : 0)));
            if (corrections > 0) updates.AddRange(Enumerable.Repeat(level.Corrector(), corrections));
            if (predicts) updates.Add(level.Predictor());
        }
        bool clean = predicts && options.Denoise;
        if (clean) updates[^1] = updates[^1].WithoutNoise;
        points.Add(clean ? new(0, 1, 0) : levels[^1].At);
        return new(new ScoreSampler { Updates = updates, NormsOverBatch = options.NormsOverBatch },
            new() { Points = points, InitialNoiseScale = prior, Order = corrections + (predicts ? 1 : 0) });
    }

    /// <summary>The predictor's update at a time.</summary>
    internal static ScoreUpdate Predict(Sde sde, PredictorCorrectorOptions options, double t) => options.Predictor switch
    {
        ReversePredictor.EulerMaruyama => ReverseDiffusion(sde.EulerMaruyama(t, options.Steps), options.ProbabilityFlow),
        ReversePredictor.ReverseDiffusion => ReverseDiffusion(sde.Discretise(t, options.Steps), options.ProbabilityFlow),
        _ => Ancestral(sde.Discretise(t, options.Steps), sde.AncestralDeviation(t, options.Steps)),
    };

    /// <summary>x' = x - f_i(x) + G_i^2 s + G_i z, or x - f_i(x) + G_i^2 s / 2 for the ODE; eq. 46 and 48.</summary>
    internal static ScoreUpdate ReverseDiffusion(SdeStep forward, bool flow)
    {
        double square = forward.Diffusion * forward.Diffusion;
        return flow ? new(1 - forward.Drift, square / 2, 0) : new(1 - forward.Drift, square, forward.Diffusion);
    }

    /// <summary>x' = (x + G_i^2 s) / (1 + f_i) + deviation z: eq. 4 for DDPM, eq. 47 for SMLD.</summary>
    /// <exception cref="DarkroomException">The forward step leaves nothing of x.</exception>
    internal static ScoreUpdate Ancestral(SdeStep forward, double deviation)
    {
        double keep = 1 + forward.Drift;
        return keep > 0 ? new(1 / keep, forward.Diffusion * forward.Diffusion / keep, deviation) : throw new DarkroomException(ErrorKind.InvalidRequest,
            "With so few steps a beta is 1: the forward step leaves nothing to go back from.", "steps", "Take more steps, or the predictor reverse_diffusion.");
    }

    /// <summary>A corrector's update with its factor alpha at sigma(t).</summary>
    internal static ScoreUpdate Correct(PredictorCorrectorOptions options, double factor, double sigma) => options.Corrector == LangevinCorrector.Annealed
        ? ScoreUpdate.Langevin(2 * factor * Math.Pow(options.SignalToNoise * sigma, 2)) : new(1, factor, 0) { SignalToNoise = options.SignalToNoise };

    private static void Validate(PredictorCorrectorOptions options)
    {
        var problems = new List<Problem>();
        void Refuse(bool given, string option, string what, string? remedy = null)
        {
            if (given) problems.Add(new(what, option, remedy));
        }

        Refuse(options.Steps < 1, "steps", $"It is {options.Steps}, but must be at least 1.");
        Refuse(options.CorrectorSteps < 1, "corrector steps", $"It is {options.CorrectorSteps}, but must be at least 1.", "Use no corrector for none.");
        Refuse(!(options.SignalToNoise > 0), "snr", $"It is {options.SignalToNoise}, but must be above 0.");
        Refuse(options.End is { } end && !(end >= 0 && end < 1), "eps", $"It is {options.End}, but must be at least 0 and below 1.");
        Refuse(options.Predictor == ReversePredictor.None && options.Corrector == LangevinCorrector.None, "predictor", "There is neither a predictor nor a corrector.");
        Refuse(options.Predictor == ReversePredictor.Ancestral && options.ProbabilityFlow, "predictor", "Ancestral sampling has no probability flow.",
            "Use reverse_diffusion or euler_maruyama.");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}
