using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>A network of pixels: its output for an input and the time that its embedding gets.</summary>
/// <param name="input">[B, C, H, W].</param>
/// <param name="time">As the network knows it; may be fractional.</param>
internal delegate Tensor PixelNetworkCall(Tensor input, double time);

/// <summary>The process that a network of pixels was trained on: how its output becomes x_0 hat and eps hat, and which samplers go with it.</summary>
internal abstract class PixelProcess
{
    /// <summary>Of a scheduler configuration.</summary>
    /// <param name="config">As it stands in a model's folder.</param>
    /// <param name="channels">Of the pictures.</param>
    /// <param name="outputs">Channels of the network's output.</param>
    /// <exception cref="DarkroomException">ModelMismatch: the network's channels don't fit its variance.</exception>
    public static PixelProcess Of(SchedulerConfig config, int channels, int outputs) =>
        config.ClassName.StartsWith("ScoreSde", StringComparison.Ordinal) ? new SdePixelProcess(config)
            : config.ClassName.StartsWith("EDM", StringComparison.Ordinal)
            ? new PreconditionedPixelProcess(config)
            : new DiscretePixelProcess(config, channels, outputs);

    /// <summary>x_0 hat and eps hat at a point, from the network's output there.</summary>
    public abstract Prediction Predict(PixelNetworkCall network, Tensor x, NoisePoint at);

    /// <summary>The time that the network is told at a point.</summary>
    public abstract double TimeAt(NoisePoint at);

    /// <summary>A sampler with its plan.</summary>
    /// <param name="request">Sampler, steps, respacing, eta.</param>
    /// <param name="gradient">Classifier guidance, for samplers that have a form of their own for it; null for none.</param>
    /// <param name="tookGradient">Whether the sampler will use the gradient; otherwise the denoiser has to.</param>
    /// <exception cref="DarkroomException">InvalidRequest: settings that don't fit.</exception>
    public abstract PreparedSampler Prepare(PixelRequest request, Func<Tensor, NoisePoint, Tensor>? gradient, out bool tookGradient);
}

/// <summary>The discrete process of DDPM, improved DDPM and guided diffusion.</summary>
internal sealed class DiscretePixelProcess : PixelProcess
{
    private readonly SchedulerConfig _config;
    private readonly bool _learnsVariance;
    private readonly bool _rescales;

    public DiscretePixelProcess(SchedulerConfig config, int channels, int outputs)
    {
        _config = config;
        Schedule = config.CreateSchedule();
        _rescales = config.Stated.TryGetValue("rescale_timesteps", out var rescales) && rescales.ValueKind == System.Text.Json.JsonValueKind.True;
        Variance = config.VarianceType switch
        {
            "fixed_large" or "fixed_large_log" => VarianceType.FixedLarge,
            "learned" => VarianceType.Learned,
            "learned_range" => VarianceType.LearnedRange,
            _ => VarianceType.FixedSmall,
        };
        _learnsVariance = Variance is VarianceType.Learned or VarianceType.LearnedRange;
        if (outputs != (_learnsVariance ? 2 * channels : channels))
        {
            throw new DarkroomException(ErrorKind.ModelMismatch,
                $"The network gives {outputs} channels for pictures of {channels}; variance_type {config.VarianceType ?? "fixed_small"} needs {(_learnsVariance ? 2 * channels : channels)}.",
                "scheduler_config.json, variance_type", $"fixed_small and fixed_large go with {channels} channels, learned and learned_range with {2 * channels}.");
        }
    }

    /// <summary>The process.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>Whence the variance.</summary>
    public VarianceType Variance { get; }

    /// <summary>t, or t 1000 / T where the configuration says so (rescale_timesteps of OpenAI's code).</summary>
    public override double TimeAt(NoisePoint at) => _rescales ? at.Timestep * (1000.0 / Schedule.Count) : at.Timestep;

    public override Prediction Predict(PixelNetworkCall network, Tensor x, NoisePoint at)
    {
        // c_in: the network knows the variance-preserving x, whatever the sampler's view is.
        double scale = 1 / Math.Sqrt(at.Alpha * at.Alpha + at.Sigma * at.Sigma);
        var output = network(Math.Abs(scale - 1) < 1e-12 ? x : x * scale, TimeAt(at));
        if (!_learnsVariance) return Parameterisation.Predict(_config.PredictionType, output, x, at);
        var halves = output.chunk(2, dim: 1);
        return Parameterisation.Predict(_config.PredictionType, halves[0], x, at) with { Variance = halves[1] };
    }

    public override PreparedSampler Prepare(PixelRequest request, Func<Tensor, NoisePoint, Tensor>? gradient, out bool tookGradient)
    {
        tookGradient = true;
        string sampler = request.Sampler.Trim().ToLowerInvariant();
        var limit = request.Clip ? new DenoisedLimit() : null;
        if (sampler is "ddpm" or "ddim")
        {
            var respaced = Respacing.Keep(Schedule, Kept(request));
            return sampler == "ddpm" ? OriginalSamplers.OpenAiDdpm(respaced, Variance, limit, gradient)
                : OriginalSamplers.OpenAiDdim(respaced, request.Eta ?? 0, limit, gradient);
        }
        tookGradient = false;
        if (request.Respacing is not null)
            throw new DarkroomException(ErrorKind.InvalidRequest, $"The sampler {request.Sampler} takes a number of steps, not a respacing.", "--respacing", "Respacing goes with ddpm and ddim.");
        return SamplerRegistry.Create(request.Sampler, null, _config.State("clip_sample", request.Clip), new SamplerOptions { Steps = request.Steps, Eta = request.Eta });
    }

    private IReadOnlyList<int> Kept(PixelRequest request)
    {
        if (request.Respacing is { } respacing) return Respacing.Parse(respacing, Schedule.Count);
        return request.Steps <= Schedule.Count ? Respacing.Sections(Schedule.Count, [request.Steps])
            : throw new DarkroomException(ErrorKind.InvalidRequest, $"{request.Steps} steps are more than the {Schedule.Count} timesteps that the model knows.", "--steps",
                $"Take 1 to {Schedule.Count}.");
    }
}

/// <summary>A continuous noise level with a preconditioned network: EDM.</summary>
internal sealed class PreconditionedPixelProcess(SchedulerConfig config) : PixelProcess
{
    private readonly EdmPreconditioning _preconditioning = new(config.SigmaData);

    public override double TimeAt(NoisePoint at) => _preconditioning.At(at.Ratio).Noise;

    public override Prediction Predict(PixelNetworkCall network, Tensor x, NoisePoint at)
    {
        var factors = _preconditioning.At(at.Ratio);
        var exploding = at.Alpha == 1 ? x : x / at.Alpha;       // x_0 + sigma eps
        var denoised = factors.Skip * exploding + factors.Output * network(factors.In * exploding, factors.Noise);
        return new(denoised, Parameterisation.EpsilonOf(denoised, x, at));
    }

    public override PreparedSampler Prepare(PixelRequest request, Func<Tensor, NoisePoint, Tensor>? gradient, out bool tookGradient)
    {
        tookGradient = false;
        if (request.Respacing is not null)
            throw new DarkroomException(ErrorKind.InvalidRequest, "This model has no timesteps to respace.", "--respacing", "Give --steps.");
        return SamplerRegistry.Create(request.Sampler, null, config, new SamplerOptions { Steps = request.Steps, Eta = request.Eta });
    }
}
