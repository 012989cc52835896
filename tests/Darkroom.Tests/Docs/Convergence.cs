using System.Globalization;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Docs;

/// <summary>
/// Measures how far samplers without fresh noise are from the exact solution of the probability-flow ODE, on a Gaussian mixture whose denoiser is exact.
/// </summary>
/// <remarks>
/// In y = x / alpha and rho = sigma / alpha every process is one ODE, dy/drho = E[eps | y], so that one trajectory is the truth for all samplers. Each is started on it where its
/// plan starts and compared with it where its plan ends.
/// </remarks>
internal sealed class Convergence : IDisposable
{
    private const double Top = 160;

    /// <summary>The scheduler configuration of Stable Diffusion 1.</summary>
    public static readonly SchedulerConfig StableDiffusion = SchedulerConfig.Default("PNDMScheduler")
        .State("beta_start", 0.00085).State("beta_end", 0.012).State("beta_schedule", "scaled_linear").State("steps_offset", 1)
        .State("set_alpha_to_one", false).State("skip_prk_steps", true).State("clip_sample", false);

    private readonly GaussianMixture _mixture = new(
        tensor((double[])[.. Enumerable.Range(0, 32).Select(i => i < 16 ? 0.6 * Math.Sin(i) : -0.5 * Math.Cos(2 * i))]).reshape(2, 1, 4, 4), [0.3, 0.4], [0.6, 0.4]);

    private readonly SortedDictionary<double, Tensor> _truth = [];

    public Convergence()
    {
        using var generator = new Generator(5, CPU);
        _truth[Top] = (randn([4, 1, 4, 4], ScalarType.Float64, CPU, generator: generator) * Top).DetachFromDisposeScope();
    }

    /// <summary>Samplers that are measured: those without fresh noise.</summary>
    public static IReadOnlyList<SamplerInfo> Samplers { get; } =
        [.. SamplerRegistry.All.Where(s => !s.Stochastic && s.EvaluationsPerStep > 0 && s.Method != "IPNDMScheduler")];

    /// <summary>The error with N steps, as a user gets it.</summary>
    public double Error(SamplerInfo sampler, int steps) => Run(SamplerRegistry.Create(sampler.Name, null,
        sampler.Method.StartsWith("EDM", StringComparison.Ordinal) ? SchedulerConfig.Default(sampler.Method) : StableDiffusion, new() { Steps = steps })).Error;

    /// <summary>Evaluations and error of a sampler that chooses its own steps.</summary>
    public (int Evaluations, double Error) Run(string name) => Run(SamplerRegistry.Create(name, null, StableDiffusion, new() { Steps = 10 }));

    /// <summary>
    /// The order: log2 of the quotient of the errors with 80 and with 160 steps that end at the smallest noise level. Noise levels are Karras' where a sampler takes them.
    /// </summary>
    public double Order(SamplerInfo sampler)
    {
        const int Steps = 80;
        return Math.Log2(ErrorOfOrder(sampler, Steps) / ErrorOfOrder(sampler, 2 * Steps));
    }

    private double ErrorOfOrder(SamplerInfo sampler, int steps)
    {
        var levels = new NoiseLevels(StableDiffusion.CreateSchedule());
        double[] sigmas = SigmaSchedules.Compute(SigmaSchedules.Get("karras"), new() { Levels = levels, Steps = steps })[..^1];
        var options = new SamplerOptions { Steps = steps - 1, Sigmas = sigmas };
        if (sampler.Dialect is SamplerDialect.KDiffusion or SamplerDialect.A1111)
            return Run(KDiffusionSamplers.Create(sampler.Method, sigmas, levels.TimestepAt, options)).Error;
        if (sampler.Name.StartsWith("edm", StringComparison.Ordinal))
            return Run(DiffusersSamplers.Create(SchedulerConfig.Default(sampler.Method).State("final_sigmas_type", "sigma_min"), new() { Steps = steps })).Error;
        // Those that know only timesteps: 100 and 200 steps divide the 1000 timesteps and end at the first one.
        int divisor = steps * 5 / 4;
        if (sampler.Dialect == SamplerDialect.Original)
        {
            var process = StableDiffusion.CreateSchedule();
            var timesteps = DdimTimesteps.Uniform(process.Count, divisor);
            return Run(sampler.Name == "compvis_plms" ? OriginalSamplers.CompVisPlms(process, timesteps) : OriginalSamplers.CompVisDdim(process, timesteps)).Error;
        }
        bool byTimestep = sampler.Method is "DDIMScheduler" or "DDIMInverseScheduler" or "PNDMScheduler" or "DPMSolverMultistepInverseScheduler";
        return byTimestep ? Run(SamplerRegistry.Create(sampler.Name, null, StableDiffusion.State("steps_offset", 0), new() { Steps = divisor })).Error
            : Run(SamplerRegistry.Create(sampler.Name, null, StableDiffusion, options)).Error;
    }

    /// <summary>Evaluations and error of a sampler with its plan, entered where the plan says.</summary>
    public (int Evaluations, double Error) Run(PreparedSampler prepared)
    {
        using var scope = NewDisposeScope();
        var (start, end) = (prepared.Plan.MoveAt(prepared.Plan.Start).From, prepared.Plan.Points[^1]);
        var counted = new Counted(_mixture);
        var x = prepared.Sampler.Sample(counted, Truth(start.Ratio) * start.Alpha, prepared.Plan, new Drawn());
        return (counted.Evaluations, (x / end.Alpha - Truth(end.Ratio)).square().mean().sqrt().item<double>());
    }

    // From the nearest higher noise level that is known.
    private Tensor Truth(double ratio)
    {
        if (_truth.TryGetValue(ratio, out var known)) return known;
        var (from, y) = _truth.First(entry => entry.Key > ratio);
        using var scope = NewDisposeScope();
        using var solver = new DormandPrince((r, state) => _mixture.Epsilon(state.reshape(y.shape), 1, r).flatten(), from, y.flatten(), ratio, 1e-11, 1e-11, 1_000_000);
        while (solver.Step())
        {
        }
        return _truth[ratio] = solver.State.reshape(y.shape).clone().DetachFromDisposeScope();
    }

    public void Dispose()
    {
        foreach (var y in _truth.Values) y.Dispose();
    }

    /// <summary>An error as the tables show it.</summary>
    public static string Show(double error) => error.ToString("0.0e-0", CultureInfo.InvariantCulture);

    private sealed class Counted(IDenoiser inner) : IDenoiser
    {
        public int Evaluations { get; private set; }

        public Prediction Predict(Tensor x, NoisePoint at)
        {
            Evaluations++;
            return inner.Predict(x, at);
        }
    }

    // Some draw, as their references do, without using it.
    private sealed class Drawn : INoiseSource
    {
        public Tensor Next(Tensor like) => zeros_like(like);
    }
}
