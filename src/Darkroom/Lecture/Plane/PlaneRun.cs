using Darkroom.Diffusion;
using Darkroom.Runtime;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Plane;

/// <summary>What a run of a sampler is to be.</summary>
internal sealed record PlaneRunOptions
{
    /// <summary>A name of the sampler registry.</summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Steps.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>eta; null for the sampler's own.</summary>
    public double? Eta { get; init; }

    /// <summary>How many points.</summary>
    public int Count { get; init; } = 1000;

    /// <summary>Decides the noise.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>Samples points with any sampler of the registry, and keeps the way that they took.</summary>
/// <param name="Path">Where the points were, at the start and after every step, in the variance-preserving view.</param>
/// <param name="Evaluations">How often the denoiser was asked.</param>
internal sealed record PlaneRun(IReadOnlyList<PlanePoints> Path, int Evaluations)
{
    /// <summary>The forward process of the lecture: T = 1000, betas linear from 1e-4 to 0.02, as in DDPM.</summary>
    public static SchedulerConfig Configuration { get; } = SchedulerConfig.Default("DDIMScheduler")
        .State("beta_schedule", "linear").State("beta_start", 1e-4).State("beta_end", 0.02).State("clip_sample", false).State("timestep_spacing", "trailing");

    /// <summary>Its schedule.</summary>
    public static NoiseSchedule Schedule { get; } = Configuration.CreateSchedule();

    /// <summary>The samples.</summary>
    public PlanePoints Samples => Path[^1];

    /// <summary>Runs a sampler from noise to the end.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: no such sampler, or it cannot be had with these settings.</exception>
    public static PlaneRun From(IDenoiser denoiser, PlaneRunOptions options)
    {
        var prepared = SamplerRegistry.Create(options.Sampler, null, Configuration, new() { Steps = options.Steps, Eta = options.Eta, Seeds = [options.Seed] });
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var noise = new TorchNoise(options.Seed);
        var x = noise.Next(zeros(options.Count, 2, ScalarType.Float64)) * prepared.Plan.InitialNoiseScale;
        int evaluations = 0;
        var path = new List<PlanePoints> { Preserved(x, prepared.Plan.Points[0]) };
        using var result = prepared.Sampler.Sample(denoiser, x, prepared.Plan, noise, (in SamplerState state) =>
        {
            if (state.StepDone) path.Add(Preserved(state.X, state.At));
            evaluations++;
            return null;
        });
        path[^1] = Preserved(result, prepared.Plan.Points[^1]);
        return new(path, evaluations);
    }

    /// <summary>Where point i was, over the run.</summary>
    public PlanePoints Way(int i) => new([.. Path.Select(p => p.X[i])], [.. Path.Select(p => p.Y[i])]);

    private static PlanePoints Preserved(Tensor x, NoisePoint at)
    {
        using var scope = NewDisposeScope();
        return PlanePoints.Of(x * at.ScaleTo(at.ToVariancePreserving()));
    }
}
