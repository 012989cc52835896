using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// The noise levels of a diffusers schedule with the rounding errors that diffusers makes: it computes its schedule in
/// float32. Only a Brownian path, which is resolved to 1e-6, tells them from the exact ones.
/// </summary>
internal static class Float32Sigmas
{
    /// <summary>One level per step and the end, or null where the levels are not those of a schedule.</summary>
    public static IReadOnlyList<double>? Of(InferenceSchedule schedule)
    {
        var config = schedule.Config;
        int steps = schedule.Timesteps.Count;
        double[] table = Table(config);
        double[] timesteps = SpacedTimesteps.Of(config.TimestepSpacing, config.TrainingSteps, steps, config.StepsOffset, round: false);
        double[] sigmas = [.. timesteps.Select(t => Grid.Interpolate(table, t))];
        if (config.UseKarrasSigmas) sigmas = KarrasSigmas.Between(sigmas[0], sigmas[^1], steps);
        else if (config.UseExponentialSigmas) sigmas = ExponentialSigmas.Between(sigmas[0], sigmas[^1], steps);
        else if (config.UseBetaSigmas) sigmas = BetaSigmasA1111.Between(sigmas[0], sigmas[^1], steps);
        bool own = sigmas.Zip(schedule.Sigmas).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4 * pair.Second);
        return own ? [.. sigmas.Select(sigma => (double)(float)sigma), schedule.Sigmas[^1]] : null;
    }

    // sqrt((1 - AlphaBar) / AlphaBar) with AlphaBar = cumprod(1 - beta), each operation rounded to float32
    private static double[] Table(SchedulerConfig config)
    {
        using var scope = NewDisposeScope();
        Tensor Spaced(double start, double end) => linspace(start, end, config.TrainingSteps, dtype: ScalarType.Float32, device: CPU);
        var betas = config switch
        {
            { TrainedBetas: null, BetaSchedule: "linear" } => Spaced(config.BetaStart, config.BetaEnd),
            { TrainedBetas: null, BetaSchedule: "scaled_linear" } => Spaced(Math.Sqrt(config.BetaStart), Math.Sqrt(config.BetaEnd)).square(),
            _ => tensor(config.CreateSchedule().Betas.ToArray()).to_type(ScalarType.Float32),
        };
        var alphaBar = (1 - betas).cumprod(0);
        return [.. ((1 - alphaBar) / alphaBar).sqrt().to_type(ScalarType.Float64).data<double>()];
    }
}
