using System.Text.Json.Nodes;
using Darkroom.Diffusion;

namespace Darkroom.Training.Tasks;

/// <summary>EDM: a preconditioned denoiser on a continuous noise level; Karras et al. 2022, arXiv:2206.00364, table 1.</summary>
public sealed record ContinuousObjectiveSettings
{
    /// <summary>s_d, the standard deviation of the data; default 0.5, as for pictures in [-1, 1].</summary>
    public double SigmaData { get; init; } = 0.5;

    /// <summary>Mean of ln sigma in training; default -1.2.</summary>
    public double NoiseMean { get; init; } = -1.2;

    /// <summary>Standard deviation of ln sigma in training; default 1.2.</summary>
    public double NoiseDeviation { get; init; } = 1.2;

    /// <summary>The smallest noise level in sampling; default 0.002.</summary>
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The largest noise level in sampling; default 80.</summary>
    public double SigmaMax { get; init; } = 80;

    internal IPixelObjective Objective() =>
        new PreconditionedPixelObjective(new EdmPreconditioning(SigmaData), new LogNormalNoise(NoiseMean, NoiseDeviation, SigmaData));

    /// <summary>The scheduler's configuration in diffusers' layout.</summary>
    internal JsonObject Scheduler() => new()
    {
        ["_class_name"] = "EDMEulerScheduler",
        ["sigma_min"] = SigmaMin,
        ["sigma_max"] = SigmaMax,
        ["sigma_data"] = SigmaData,
        ["sigma_schedule"] = "karras",
        ["num_train_timesteps"] = 1000,
        ["prediction_type"] = "epsilon",
        ["rho"] = 7.0,
    };

    internal IEnumerable<Problem> Problems(int channels, int outputs)
    {
        if (outputs != channels) yield return new($"The network gives {outputs} channels, but pictures of {channels} need {channels}.", "unet.out_channels", $"Set it to {channels}.");
        if (!(SigmaData > 0)) yield return new($"It is {SigmaData}, but must be above 0.", "continuous.sigmaData");
        if (!(NoiseDeviation > 0)) yield return new($"It is {NoiseDeviation}, but must be above 0.", "continuous.noiseDeviation");
        if (!(SigmaMin > 0 && SigmaMin < SigmaMax)) yield return new($"They are {SigmaMin} and {SigmaMax}, but must ascend from above 0.", "continuous.sigmaMin, continuous.sigmaMax");
    }
}
