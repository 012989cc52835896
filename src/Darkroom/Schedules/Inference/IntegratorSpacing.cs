namespace Darkroom.Schedules;

/// <summary>Integer timesteps and their noise levels for the exponential integrators: DPM-Solver, DEIS, UniPC and SA-Solver.</summary>
internal static class IntegratorSpacing
{
    public static InferenceSchedule Create(SchedulerConfig config, int steps)
    {
        var schedule = config.CreateSchedule().WithFiniteSigmas();
        var levels = new NoiseLevels(schedule);
        bool solver = config.ClassName.StartsWith("DPMSolver", StringComparison.Ordinal);
        bool inverse = config.ClassName == "DPMSolverMultistepInverseScheduler";
        int usable = solver ? Enumerable.Range(0, schedule.Count).Count(t => -Math.Log(schedule.Sigma(t)) >= config.LambdaMinClipped) : schedule.Count;
        var spacing = config.ClassName == "DPMSolverSinglestepScheduler" ? TimestepSpacing.Linspace : config.TimestepSpacing;

        double[] timesteps, sigmas;
        if (inverse)
        {
            timesteps = Ascending(spacing, config, steps, usable);
            sigmas = [.. timesteps.Select(levels.SigmaAt), levels.Sigmas[usable - 1]];
            return new() { Config = config, Levels = levels, Timesteps = timesteps, Sigmas = sigmas, InitialNoiseScale = 1 };
        }
        bool endsAtMin = config.ClassName is "DEISMultistepScheduler" or "SASolverScheduler" || config.FinalSigmasType == "sigma_min";
        if (Replacement(config, levels, steps) is { } replaced)
        {
            sigmas = replaced;
            timesteps = [.. sigmas.Select(sigma => ToInteger(config, levels.TimestepAt(sigma), levels.Count))];
        }
        else
        {
            timesteps = SpacedTimesteps.OfIntegrator(spacing, config.TrainingSteps, steps, config.StepsOffset, usable);
            sigmas = [.. timesteps.Select(levels.SigmaAt)];
        }
        double smallest = config.ClassName == "UniPCMultistepScheduler" && config.SigmaMin is not null ? sigmas[^1] : levels.Min;
        return new() { Config = config, Levels = levels, Timesteps = timesteps, Sigmas = [.. sigmas, endsAtMin ? smallest : 0], InitialNoiseScale = 1 };
    }

    /// <summary>
    /// Karras' and Lu's levels are rounded to the nearest timestep, the others (and Karras' on DPM-Solver's cosine schedule) cut off.
    /// </summary>
    /// <remarks>
    /// The largest level then becomes T-2, not T-1: diffusers cuts off what its float32 logarithm leaves just below T-1. That is so for the usual schedules
    /// (linear and scaled_linear, 1e-4..0.02, 0.00085..0.012 and 0.0015..0.0195), and we do it for all.
    /// </remarks>
    private static double ToInteger(SchedulerConfig config, double timestep, int trainingSteps)
    {
        bool round = (config.UseKarrasSigmas || config.UseLuLambdas)
            && !(config.ClassName == "DPMSolverMultistepScheduler" && config.BetaSchedule == "squaredcos_cap_v2");
        return round ? Math.Round(timestep) : Math.Min(Math.Floor(timestep), trainingSteps - 2);
    }

    private static double[]? Replacement(SchedulerConfig config, NoiseLevels levels, int steps)
    {
        bool bounded = config.ClassName == "UniPCMultistepScheduler";
        double largest = (bounded ? config.SigmaMax : null) ?? levels.Max, smallest = (bounded ? config.SigmaMin : null) ?? levels.Min;
        return config.UseKarrasSigmas ? KarrasSigmas.Between(largest, smallest, steps)
            : config.UseLuLambdas || config.UseExponentialSigmas ? ExponentialSigmas.Between(largest, smallest, steps)
            : config.UseBetaSigmas ? BetaSigmasA1111.Between(largest, smallest, steps) : null;
    }

    private static double[] Ascending(TimestepSpacing spacing, SchedulerConfig config, int steps, int usable)
    {
        double[] points = SpacedTimesteps.Ascending(spacing, config.TrainingSteps, steps, config.StepsOffset, usable);
        return [.. points.Distinct()];
    }
}
