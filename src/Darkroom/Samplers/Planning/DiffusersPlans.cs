using Darkroom.Diffusion;
using Darkroom.Schedules;

namespace Darkroom.Samplers;

/// <summary>
/// Plans that follow diffusers' schedulers point for point, also where a step is not the distance of its timesteps.
/// </summary>
internal static class DiffusersPlans
{
    /// <summary>
    /// x = sqrt(AlphaBar_t) x_0 + sqrt(1 - AlphaBar_t) eps at an integer timestep; below 0 the end of the process.
    /// </summary>
    private sealed class Process(SchedulerConfig config)
    {
        private readonly NoiseSchedule _schedule = config.CreateSchedule();

        public NoisePoint At(double timestep)
        {
            if (timestep < 0 && config.SetAlphaToOne) return new(0, 1, 0);
            double alphaBar = _schedule.AlphaBar[(int)Math.Clamp(timestep, 0, _schedule.Count - 1)];
            return NoisePoint.VariancePreserving(Math.Max(timestep, 0), alphaBar);
        }
    }

    /// <summary>DDIM: from t to t - T div N, whatever the spacing.</summary>
    public static SamplingPlan Ddim(InferenceSchedule schedule, int steps)
    {
        var process = new Process(schedule.Config);
        int stride = schedule.Config.TrainingSteps / steps;
        SamplingMove[] moves = [.. schedule.Timesteps.Select(t => new SamplingMove(process.At(t), process.At(t - stride)))];
        return Plan([.. moves.Select(move => move.From), moves[^1].To], moves);
    }

    /// <summary>DDIM inversion: the network sees t, but x lies at t - T div N and goes to t.</summary>
    public static SamplingPlan DdimInverse(InferenceSchedule schedule, int steps)
    {
        var process = new Process(schedule.Config);
        int stride = schedule.Config.TrainingSteps / steps;
        SamplingMove[] moves = [.. schedule.Timesteps.Select(t => new SamplingMove(process.At(t - stride) with { Timestep = t }, process.At(t)))];
        return Plan([.. moves.Select(move => move.From), moves[^1].To], moves);
    }

    /// <summary>DDPM: from each timestep to the next of the list, and to x_0 from the last.</summary>
    public static SamplingPlan Ddpm(InferenceSchedule schedule)
    {
        var process = new Process(schedule.Config);
        return Plan([.. schedule.Timesteps.Select(process.At), new(0, 1, 0)]);
    }

    /// <summary>LCM: the last jump ends at x_0.</summary>
    public static SamplingPlan Lcm(InferenceSchedule schedule) => Ddpm(schedule);

    /// <summary>
    /// TCD: each step goes to timestep floor((1 - gamma) t') of the next timestep t', which is 0 at the end.
    /// </summary>
    public static SamplingPlan Tcd(InferenceSchedule schedule, double gamma)
    {
        var process = new Process(schedule.Config);
        NoisePoint[] points = [.. schedule.Timesteps.Select(process.At), process.At(0)];
        return Plan(points, [.. points.Skip(1).Select((next, i) => new SamplingMove(points[i], process.At(Math.Floor((1 - gamma) * next.Timestep))))]);
    }

    /// <summary>PNDM: steps of T div N. The order of its moves depends on where the plan is entered.</summary>
    public static SamplingPlan Pndm(InferenceSchedule schedule, int steps)
    {
        var process = new Process(schedule.Config);
        int stride = schedule.Config.TrainingSteps / steps;
        double[] timesteps = [.. schedule.EvaluationTimesteps()];
        bool rungeKutta = !schedule.Config.SkipPrkSteps;

        SamplingMove Move(int index, int evaluation)
        {
            double t = timesteps[index];
            if (rungeKutta && evaluation < 12)
                return new(process.At(timesteps[evaluation / 4 * 4]), process.At(evaluation % 2 == 0 ? t - stride / 2 : t));
            return !rungeKutta && evaluation == 1 ? new(process.At(t + stride), process.At(t)) : new(process.At(t), process.At(t - stride));
        }

        // Entered at evaluation k, diffusers counts its start from there.
        IReadOnlyList<SamplingMove> MovesFrom(int start) =>
            [.. Enumerable.Range(0, timesteps.Length).Select(i => Move(i, Math.Max(i - start, 0)))];
        var moves = MovesFrom(0);
        return Plan([.. timesteps.Select(process.At), moves[^1].To], moves) with { MovesFrom = MovesFrom };
    }

    /// <summary>
    /// Improved PNDM: the circle beta_t = sin^2(pi t / 2), alpha_t = sqrt(1 - beta_t^2), t from 1 to 0.
    /// </summary>
    public static SamplingPlan Ipndm(int steps)
    {
        var points = new NoisePoint[steps + 1];
        for (int i = 0; i < steps; i++)
        {
            double sine = Math.Sin((1 - (double)i / steps) * Math.PI / 2), sigma = sine * sine, alpha = Math.Sqrt(1 - sigma * sigma);
            points[i] = new(AngularTimestep(new(0, alpha, sigma)), alpha, sigma);
        }
        points[^1] = new(0, 1, 0);
        return Plan(points);
    }

    /// <summary>
    /// t = (2 / pi) atan(sigma / alpha), the time of models that know a noise level by its angle (k-diffusion's
    /// VDenoiser, IPNDM).
    /// </summary>
    public static double AngularTimestep(NoisePoint at) => Math.Atan2(at.Sigma, at.Alpha) * 2 / Math.PI;

    /// <summary>Euler, Euler ancestral, LMS, EDM: the variance-exploding view, one evaluation per step.</summary>
    public static SamplingPlan Exploding(InferenceSchedule schedule) => new()
    {
        Points = [.. schedule.Sigmas.Select((sigma, i) => new NoisePoint(i < schedule.Timesteps.Count ? schedule.Timesteps[i] : 0, 1, sigma))],
        InitialNoiseScale = schedule.InitialNoiseScale,
    };

    /// <summary>DPM-Solver, DEIS, UniPC, SA-Solver: the variance-preserving view of the same noise levels.</summary>
    public static SamplingPlan Preserving(InferenceSchedule schedule)
    {
        NoisePoint At(double sigma, int i)
        {
            double alpha = 1 / Math.Sqrt(1 + sigma * sigma);
            return new(i < schedule.Timesteps.Count ? schedule.Timesteps[i] : 0, alpha, sigma * alpha);
        }
        return Plan([.. schedule.Sigmas.Select(At)]);
    }

    /// <summary>
    /// DPM2, DPM2 ancestral and DPM++ SDE: a second evaluation at an inner noise level, in the variance-exploding view.
    /// </summary>
    public static SamplingPlan TwoStage(InferenceSchedule schedule, Func<double, double, double> inner) =>
        TwoStagePlan.Create(Exploding(schedule).Points, schedule.Sigmas, (start, end) =>
        {
            double sigma = inner(start.Sigma, end.Sigma);
            return new(schedule.Levels!.TimestepAt(sigma), 1, sigma);
        }, schedule.InitialNoiseScale);

    /// <summary>
    /// Heun's plan, which can be entered at any evaluation: in the middle of a step, diffusers takes the second
    /// evaluation for a first one, and then stands still.
    /// </summary>
    public static SamplingPlan Heun(InferenceSchedule schedule)
    {
        var plan = TwoStagePlan.Create(Exploding(schedule).Points, schedule.Sigmas, (_, end) => end, schedule.InitialNoiseScale);
        var (points, moves) = (plan.Points, plan.Moves!);
        SamplingMove Shifted(int index, int start) => (index - start) % 2 == 0
            ? new(points[index], points[index + 1]) : new(points[Math.Max(index - 1, 0)], points[index]);
        return plan with { MovesFrom = start => start % 2 == 0 ? moves : [.. moves.Select((_, index) => Shifted(index, start))] };
    }

    private static SamplingPlan Plan(NoisePoint[] points, IReadOnlyList<SamplingMove>? moves = null) =>
        new() { Points = points, Moves = moves, InitialNoiseScale = 1 };
}
