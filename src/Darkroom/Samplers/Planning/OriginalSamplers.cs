using Darkroom.Diffusion;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// Samplers as the papers' own repositories run them. They draw noise at every step, used or not, and differ in where
/// the last step ends.
/// </summary>
public static class OriginalSamplers
{
    /// <summary>Ancestral sampling of openai/improved-diffusion and guided-diffusion (p_sample): ends at x_0.</summary>
    /// <param name="respaced">The process; the network is given the base process's timesteps.</param>
    /// <param name="variance">FIXED_SMALL, FIXED_LARGE, LEARNED or LEARNED_RANGE.</param>
    /// <param name="limit">clip_denoised; null for latents.</param>
    /// <param name="gradient">cond_fn, the gradient of log p(y | x); null for none.</param>
    public static PreparedSampler OpenAiDdpm(
        RespacedSchedule respaced, VarianceType variance, DenoisedLimit? limit, Func<Tensor, NoisePoint, Tensor>? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(respaced);
        var schedule = respaced.Schedule;
        double? first = schedule.Count > 1 ? (1 - schedule.AlphaBar[0]) / (1 - schedule.AlphaBar[1]) * schedule.Betas[1] : null;
        var sampler = new DdpmSampler { Variance = variance, Limit = limit, Gradient = gradient, AlwaysDraw = true, FirstVariance = first };
        return new(sampler, Descending(Points(respaced), new(0, 1, 0)));
    }

    /// <summary>DDIM of openai/guided-diffusion (ddim_sample): ends at x_0, eps hat fits the clipped x_0 hat.</summary>
    /// <param name="respaced">The process.</param>
    /// <param name="eta">0 for deterministic.</param>
    /// <param name="limit">clip_denoised; null for latents.</param>
    /// <param name="gradient">cond_fn, the gradient of log p(y | x); null for none.</param>
    public static PreparedSampler OpenAiDdim(
        RespacedSchedule respaced, double eta, DenoisedLimit? limit, Func<Tensor, NoisePoint, Tensor>? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(respaced);
        return new(new DdimSampler { Eta = eta, Limit = limit, Gradient = gradient, AlwaysDraw = true }, Descending(Points(respaced), new(0, 1, 0)));
    }

    /// <summary>Inversion of openai/guided-diffusion (ddim_reverse_sample): from x_0 up to pure noise.</summary>
    public static PreparedSampler OpenAiDdimReverse(RespacedSchedule respaced, DenoisedLimit? limit = null)
    {
        ArgumentNullException.ThrowIfNull(respaced);
        return new(new DdimSampler { Limit = limit }, Plan([.. Points(respaced), new(respaced.Timesteps[^1], 0, 1)]));
    }

    /// <summary>DDIM of CompVis (latent-diffusion, stable-diffusion): the last step ends at AlphaBar_0.</summary>
    /// <param name="schedule">The process.</param>
    /// <param name="timesteps">Ascending, see <see cref="DdimTimesteps"/>.</param>
    /// <param name="eta">0 for deterministic.</param>
    public static PreparedSampler CompVisDdim(NoiseSchedule schedule, IReadOnlyList<int> timesteps, double eta = 0)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(timesteps);
        return new(new DdimSampler { Eta = eta, AlwaysDraw = true }, Descending([.. timesteps.Select(t => At(schedule, t))], At(schedule, 0)));
    }

    /// <summary>PLMS of CompVis: two evaluations for the first step; the last step ends at AlphaBar_0.</summary>
    /// <param name="schedule">The process.</param>
    /// <param name="timesteps">Ascending.</param>
    public static PreparedSampler CompVisPlms(NoiseSchedule schedule, IReadOnlyList<int> timesteps)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(timesteps);
        NoisePoint[] path = [.. timesteps.Reverse().Select(t => At(schedule, t)), At(schedule, 0)];
        SamplingMove[] steps = [.. path.Skip(1).Select((to, i) => new SamplingMove(path[i], to))];
        // With a single step the second evaluation is given the same timestep.
        var second = path.Length > 2 ? path[1] : path[1] with { Timestep = path[0].Timestep };
        var plan = Plan([path[0], second, .. path.Skip(1)]) with { Moves = [steps[0], .. steps] };
        return new(new PndmSampler { AlwaysDraw = true }, plan);
    }

    /// <summary>generalized_steps of ermongroup/ddim: DDIM that ends at x_0.</summary>
    /// <param name="schedule">The process.</param>
    /// <param name="timesteps">Ascending.</param>
    /// <param name="eta">0 for deterministic.</param>
    public static PreparedSampler ErmonGeneralized(NoiseSchedule schedule, IReadOnlyList<int> timesteps, double eta = 0)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(timesteps);
        return new(new DdimSampler { Eta = eta, AlwaysDraw = true }, Descending([.. timesteps.Select(t => At(schedule, t))], new(0, 1, 0)));
    }

    /// <summary>
    /// ddpm_steps of ermongroup/ddim ("ddpm_noisy", sigma hat): variance 1 - AlphaBar / AlphaBar', x_0 hat clipped to
    /// [-1, 1].
    /// </summary>
    /// <param name="schedule">The process.</param>
    /// <param name="timesteps">Ascending.</param>
    public static PreparedSampler ErmonDdpmNoisy(NoiseSchedule schedule, IReadOnlyList<int> timesteps)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(timesteps);
        var sampler = new DdpmSampler { Variance = VarianceType.FixedLarge, Limit = new(), AlwaysDraw = true };
        return new(sampler, Descending([.. timesteps.Select(t => At(schedule, t))], new(0, 1, 0)));
    }

    private static NoisePoint[] Points(RespacedSchedule respaced) =>
        [.. respaced.Timesteps.Select((t, i) => At(respaced.Schedule, i) with { Timestep = t })];

    private static NoisePoint At(NoiseSchedule schedule, int t) => NoisePoint.VariancePreserving(t, schedule.AlphaBar[t]);

    private static SamplingPlan Descending(NoisePoint[] ascending, NoisePoint end) => Plan([.. ascending.Reverse(), end]);

    private static SamplingPlan Plan(NoisePoint[] points) => new() { Points = points, InitialNoiseScale = 1 };
}
