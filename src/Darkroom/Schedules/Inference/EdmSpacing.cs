namespace Darkroom.Schedules;

/// <summary>
/// Noise levels of models trained as in Karras et al. 2022 (arXiv:2206.00364): continuous, the network is given log(sigma) / 4.
/// </summary>
internal static class EdmSpacing
{
    public static InferenceSchedule Create(SchedulerConfig config, int steps)
    {
        if (steps < 1) throw new DarkroomException(ErrorKind.InvalidRequest, $"It is {steps}, but must be at least 1.", "steps");
        double largest = config.SigmaMax ?? 80, smallest = config.SigmaMin ?? 0.002;
        double[] sigmas = config.SigmaSchedule == "exponential"
            ? ExponentialSigmas.Between(largest, smallest, steps) : KarrasSigmas.Between(largest, smallest, steps, config.Rho);
        return new()
        {
            Config = config,
            Timesteps = [.. sigmas.Select(sigma => 0.25 * Math.Log(sigma))],
            Sigmas = [.. sigmas, config.FinalSigmasType == "sigma_min" ? sigmas[^1] : 0],
            InitialNoiseScale = Math.Sqrt(largest * largest + 1),
        };
    }
}
