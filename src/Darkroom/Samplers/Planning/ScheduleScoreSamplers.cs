using Darkroom.Diffusion;
using Darkroom.Schedules;

namespace Darkroom.Samplers;

/// <summary>Samplers of the score SDEs for a checkpoint, whose process is a discrete schedule.</summary>
/// <remarks>
/// Predictors and correctors work on N of its timesteps, evenly spaced, with beta_i = 1 - AlphaBar_i / AlphaBar_{i-1} of those (Song et al. 2021, arXiv:2011.13456, app. E
/// to G); the ODE on the continuous process through it.
/// </remarks>
internal static class ScheduleScoreSamplers
{
    /// <summary>The names, with what they do.</summary>
    private static readonly Dictionary<string, PredictorCorrectorOptions> Loops = new()
    {
        ["sde_euler_maruyama"] = new() { Steps = 1, Predictor = ReversePredictor.EulerMaruyama },
        ["sde_reverse_diffusion"] = new() { Steps = 1 },
        ["sde_ancestral"] = new() { Steps = 1, Predictor = ReversePredictor.Ancestral },
        ["sde_pc"] = new() { Steps = 1, Corrector = LangevinCorrector.Langevin },
    };

    /// <summary>Whether a name is one of these.</summary>
    public static bool Has(string name) => name == "ode_rk45" || Loops.ContainsKey(name);

    /// <summary>The sampler of a name.</summary>
    /// <exception cref="DarkroomException">Every option that doesn't go with it.</exception>
    public static PreparedSampler Create(string name, NoiseSchedule schedule, SamplerOptions options)
    {
        Validate(name, schedule, options);
        var finite = schedule.WithFiniteSigmas();
        return name == "ode_rk45" ? Ode(finite, options.Steps) : Loop(Loops[name] with { Steps = options.Steps }, finite);
    }

    // One evaluation more, at the smallest noise level, gives x_0.
    private static PreparedSampler Ode(NoiseSchedule schedule, int steps)
    {
        var sde = new ScheduleSde(schedule);
        var last = sde.At(0);
        return ScoreSamplers.Flow(sde, Grid.Linspace(1, 0, steps + 1), new ScoreUpdate(1 / last.Alpha, last.Sigma * last.Sigma / last.Alpha, 0));
    }

    private static PreparedSampler Loop(PredictorCorrectorOptions options, NoiseSchedule schedule)
    {
        int steps = options.Steps;
        int[] timesteps = [.. Grid.Linspace(schedule.Count - 1, 0, steps).Select(t => (int)Math.Round(t))];
        return ScoreSamplers.Loop(options, 1, [.. timesteps.Select((t, i) =>
        {
            double alphaBar = schedule.AlphaBar[t], beta = 1 - alphaBar / (i + 1 < steps ? schedule.AlphaBar[timesteps[i + 1]] : 1);
            var at = NoisePoint.VariancePreserving(t, alphaBar);
            var forward = options.Predictor == ReversePredictor.EulerMaruyama
                ? new SdeStep(-0.5 * beta, Math.Sqrt(beta)) : new SdeStep(Math.Sqrt(1 - beta) - 1, Math.Sqrt(beta));
            return new ScoreSamplers.Level(
                at,
                () => options.Predictor == ReversePredictor.Ancestral
                    ? ScoreSamplers.Ancestral(forward, Math.Sqrt(beta)) : ScoreSamplers.ReverseDiffusion(forward, flow: false),
                () => ScoreSamplers.Correct(options, 1 - beta, at.Sigma));
        })]);
    }

    private static void Validate(string name, NoiseSchedule schedule, SamplerOptions options)
    {
        var problems = new List<Problem>();
        if (options.Steps < 1) problems.Add(new($"It is {options.Steps}, but must be at least 1.", "steps"));
        if (name != "ode_rk45" && options.Steps > schedule.Count)
            problems.Add(new($"It is {options.Steps}, but the model has {schedule.Count} timesteps.", "steps", $"Take 1 to {schedule.Count}."));
        if (options.Eta is { } eta && eta != 0) problems.Add(new($"{name} has no eta, but it is {eta}.", "eta", "Leave it out, or use ddim or euler_a."));
        if (options.Timesteps is not null || options.Sigmas is not null)
            problems.Add(new($"{name} chooses its own times.", options.Sigmas is null ? "timesteps" : "sigmas", "Leave them out, or use a sampler of noise levels."));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}
