namespace Darkroom.Schedules;

/// <summary>Fractional timesteps and their noise levels for Euler, Euler ancestral, LMS, Heun, DPM2 and DPM++ SDE.</summary>
internal static class EulerSpacing
{
    public static InferenceSchedule Create(SchedulerConfig config, int steps)
    {
        var levels = new NoiseLevels(config.CreateSchedule().WithFiniteSigmas());
        bool euler = config.ClassName == "EulerDiscreteScheduler";
        double[] timesteps = SpacedTimesteps.Of(config.TimestepSpacing, config.TrainingSteps, steps, config.StepsOffset, round: false);
        double[] sigmas = [.. timesteps.Select(levels.SigmaAtLinear)];
        double final = euler && config.FinalSigmasType == "sigma_min" ? levels.Min : 0;
        if (euler && config.InterpolationType == "log_linear")
        {
            double[] spaced = ExponentialSigmas.Between(levels.Max, levels.Min, steps + 1);
            (sigmas, final) = (spaced[..^1], spaced[^1]);
        }

        if (config.ClassName != "EulerAncestralDiscreteScheduler" && Replacement(config, sigmas, steps) is { } replaced)
        {
            sigmas = replaced;
            bool round = config.UseKarrasSigmas && config.ClassName.StartsWith("KDPM2", StringComparison.Ordinal);
            timesteps = [.. sigmas.Select(sigma => round ? Math.Round(levels.TimestepAt(sigma)) : levels.TimestepAt(sigma))];
        }
        double initial = InitialScale(config, sigmas.Max());
        if (euler && config.TimestepType == "continuous" && config.PredictionType == PredictionType.Velocity)
            timesteps = [.. sigmas.Select(sigma => 0.25 * Math.Log(sigma))];
        return new() { Config = config, Levels = levels, Timesteps = timesteps, Sigmas = [.. sigmas, final], InitialNoiseScale = initial };
    }

    /// <summary>
    /// sigma_max where the first timestep is T-1, as if x_0 vanished there; sqrt(sigma_max^2 + 1), the variance of x, where it is not.
    /// </summary>
    public static double InitialScale(SchedulerConfig config, double largest) =>
        config.TimestepSpacing == TimestepSpacing.Leading ? Math.Sqrt(largest * largest + 1) : largest;

    /// <summary>The noise levels by another rule between the ends of those given; null where none is asked for.</summary>
    private static double[]? Replacement(SchedulerConfig config, double[] sigmas, int steps)
    {
        bool euler = config.ClassName == "EulerDiscreteScheduler";
        double largest = (euler ? config.SigmaMax : null) ?? sigmas[0], smallest = (euler ? config.SigmaMin : null) ?? sigmas[^1];
        return config.UseKarrasSigmas ? KarrasSigmas.Between(largest, smallest, steps)
            : config.UseExponentialSigmas ? ExponentialSigmas.Between(largest, smallest, steps)
            : config.UseBetaSigmas ? BetaSigmasA1111.Between(largest, smallest, steps) : null;
    }
}
