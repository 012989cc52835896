using Darkroom.Schedules;

namespace Darkroom.Diffusion;

/// <summary>Weights per timestep for the mean squared error of a target, from SNR_t = AlphaBar_t / (1 - AlphaBar_t).</summary>
public static class LossWeights
{
    /// <summary>SNR_t.</summary>
    public static double[] SignalToNoise(NoiseSchedule schedule) => [.. schedule.AlphaBar.ToArray().Select(alphaBar => alphaBar / (1 - alphaBar))];

    /// <summary>min(SNR, gamma) in terms of x_0: divided by SNR for eps, by SNR + 1 for v.</summary>
    /// <remarks>
    /// Hang et al. 2023, arXiv:2303.09556; gamma 5 there. With zero terminal SNR the weight for eps is 1 at the end, its limit.
    /// </remarks>
    /// <param name="schedule">The schedule.</param>
    /// <param name="type">What the error is of.</param>
    /// <param name="gamma">Above 0.</param>
    public static double[] MinSnr(NoiseSchedule schedule, PredictionType type, double gamma = 5) => [.. SignalToNoise(schedule).Select(snr => type switch
    {
        PredictionType.Epsilon => snr <= gamma ? 1 : gamma / snr,
        PredictionType.Sample => Math.Min(snr, gamma),
        PredictionType.Velocity => Math.Min(snr, gamma) / (snr + 1),
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, "Min-SNR has no weight for the mean of the previous step.", "prediction_type"),
    })];

    /// <summary>1 / (k + SNR)^gamma for the error of eps; Choi et al. 2022 (P2), arXiv:2204.00227.</summary>
    public static double[] P2(NoiseSchedule schedule, double k = 1, double gamma = 1) => [.. SignalToNoise(schedule).Select(snr => Math.Pow(k + snr, -gamma))];
}
