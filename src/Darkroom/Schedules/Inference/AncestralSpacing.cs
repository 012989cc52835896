namespace Darkroom.Schedules;

/// <summary>Integer timesteps of the samplers that work on AlphaBar: DDPM, DDIM, its inverse, PNDM, LCM and TCD.</summary>
internal static class AncestralSpacing
{
    public static InferenceSchedule Create(SchedulerConfig config, int steps)
    {
        double[] timesteps = SpacedTimesteps.Of(config.TimestepSpacing, config.TrainingSteps, steps, config.StepsOffset);
        if (config.ClassName == "DDIMInverseScheduler") Array.Reverse(timesteps);
        return Of(config, timesteps);
    }

    public static InferenceSchedule OfConsistencyModel(SchedulerConfig config, int distilledSteps, int steps, double strength) =>
        Of(config, SpacedTimesteps.OfConsistencyModel(config.TrainingSteps, distilledSteps, steps, strength));

    /// <summary>
    /// PNDM's evaluations. With skip_prk_steps (PLMS) the second timestep is given twice. Otherwise the four largest timesteps are gone through
    /// by Runge-Kutta, four evaluations each but the last, at t, half way, half way and the end.
    /// </summary>
    /// <remarks>Liu et al. 2022, arXiv:2202.09778.</remarks>
    public static IReadOnlyList<double> PseudoNumerical(SchedulerConfig config, IReadOnlyList<double> timesteps)
    {
        if (config.SkipPrkSteps) return timesteps.Count < 2 ? timesteps : [timesteps[0], timesteps[1], .. timesteps.Skip(1)];
        const int Order = 4;
        if (timesteps.Count < Order)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"PNDM with its Runge-Kutta start needs at least {Order} steps.", "steps", "Use more, or set skip_prk_steps.");
        int half = config.TrainingSteps / timesteps.Count / 2;
        double[] visited = [.. timesteps.Take(Order).Reverse().SelectMany(t => new[] { t, t + half })];
        return [.. visited.SkipLast(1).SelectMany(t => new[] { t, t }).Skip(1).SkipLast(1).Reverse(), .. timesteps.Skip(Order - 1)];
    }

    private static InferenceSchedule Of(SchedulerConfig config, double[] timesteps)
    {
        var levels = new NoiseLevels(config.CreateSchedule());
        bool toZero = config.ClassName == "DDPMScheduler" || config.SetAlphaToOne;
        return new()
        {
            Config = config,
            Levels = levels,
            Timesteps = timesteps,
            Sigmas = [.. timesteps.Select(levels.SigmaAt), toZero ? 0 : levels.Min],
            InitialNoiseScale = 1,
        };
    }
}
