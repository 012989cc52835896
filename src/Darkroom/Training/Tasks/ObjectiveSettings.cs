using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Schedules;

namespace Darkroom.Training.Tasks;

/// <summary>How timesteps are drawn to train on.</summary>
public enum TimestepDistribution
{
    /// <summary>Each with the same probability.</summary>
    Uniform,

    /// <summary>In proportion to the root of the mean squared loss: importance sampling of L_vlb, arXiv:2102.09672, eq. 18.</summary>
    LossSecondMoment,
}

/// <summary>What a diffusion network learns to predict, on which noise schedule, with which weights.</summary>
public sealed record ObjectiveSettings
{
    private static readonly string[] DiffusersSchedules = ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace", "exp"];

    /// <summary>eps, x_0 or v; default eps.</summary>
    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>The error: mean squared (L_simple), hybrid, mean absolute, or the variational bound; default L_simple.</summary>
    public ObjectiveKind Kind { get; init; } = ObjectiveKind.MeanSquaredError;

    /// <summary>gamma of the min-SNR weights; null for weights of 1. 5 in the paper (arXiv:2303.09556).</summary>
    public double? MinSnrGamma { get; init; }

    /// <summary>Whence the variance; where it is learned the network has twice the channels. Default fixed small.</summary>
    public VarianceType Variance { get; init; } = VarianceType.FixedSmall;

    /// <summary>How timesteps are drawn; default uniform.</summary>
    public TimestepDistribution TimestepSampling { get; init; }

    /// <summary>The betas: a name of <see cref="BetaSchedules"/>, such as linear (DDPM) or squaredcos_cap_v2 (improved DDPM); default scaled_linear (latent diffusion).</summary>
    public string BetaSchedule { get; init; } = "scaled_linear";

    /// <summary>beta_0; default 0.00085.</summary>
    public double BetaStart { get; init; } = 0.00085;

    /// <summary>The last beta; default 0.012.</summary>
    public double BetaEnd { get; init; } = 0.012;

    /// <summary>
    /// Whether the last timestep is noise alone, as sampling begins; otherwise it still shows the mean colour, which a network then follows more than the
    /// words. Needs v or x_0. Lin et al. 2024, arXiv:2305.08891, section 3.1; default false.
    /// </summary>
    public bool ZeroTerminalSnr { get; init; }

    /// <summary>T; default 1000.</summary>
    public int Timesteps { get; init; } = 1000;

    /// <summary>The noise schedule.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: there is no such schedule.</exception>
    public NoiseSchedule Schedule()
    {
        var schedule = BetaSchedules.Create(BetaSchedule, Timesteps, BetaStart, BetaEnd);
        return ZeroTerminalSnr ? schedule.RescaleToZeroTerminalSnr() : schedule;
    }

    /// <summary>Whether the network gives 2C channels.</summary>
    internal bool LearnsVariance => Variance is VarianceType.Learned or VarianceType.LearnedRange;

    /// <summary>The objective.</summary>
    public TrainingObjective Objective()
    {
        var schedule = Schedule();
        return new TrainingObjective
        {
            Process = new ReverseProcess(new ForwardProcess(schedule), Prediction, Variance),
            Kind = Kind,
            Weights = MinSnrGamma is { } gamma ? LossWeights.MinSnr(schedule, Prediction, gamma) : null,
        };
    }

    /// <summary>The noise schedule and the prediction by the names of diffusers' scheduler_config.json, as every scheduler reads them.</summary>
    internal JsonObject SchedulerValues()
    {
        var config = new JsonObject
        {
            ["num_train_timesteps"] = Timesteps,
            ["prediction_type"] = SchedulerOption.Name(Prediction),
        };
        if (!DiffusersSchedules.Contains(BetaSchedule))
        {
            config["trained_betas"] = new JsonArray([.. Schedule().Betas.ToArray().Select(b => (JsonNode)b)]);
            return config;
        }
        config["beta_schedule"] = BetaSchedule;
        config["beta_start"] = BetaStart;
        config["beta_end"] = BetaEnd;
        config["rescale_betas_zero_snr"] = ZeroTerminalSnr;
        return config;
    }

    /// <summary>What draws timesteps; null for uniform.</summary>
    internal LossSecondMomentTimesteps? ImportanceSampler() =>
        TimestepSampling == TimestepDistribution.LossSecondMoment ? new LossSecondMomentTimesteps(Timesteps) : null;

    /// <summary>Every setting that doesn't fit another or the network.</summary>
    /// <param name="channels">Of the pictures.</param>
    /// <param name="outputs">Of the network.</param>
    internal IEnumerable<Problem> Problems(int channels, int outputs)
    {
        if (Kind == ObjectiveKind.Hybrid && !LearnsVariance)
            yield return new("The hybrid objective trains a learned variance.", "objective.kind", "Set objective.variance to learnedRange (or learned), or the kind to meanSquaredError.");
        int wanted = LearnsVariance ? 2 * channels : channels;
        if (outputs != wanted)
            yield return new($"The network gives {outputs} channels; {(LearnsVariance ? "with a learned variance" : "with a fixed variance")} pictures of {channels} channels need {wanted}.",
                "unet.out_channels", $"Set it to {wanted}, or objective.variance to {(LearnsVariance ? "fixedSmall or fixedLarge" : "learnedRange")}.");
        if (ZeroTerminalSnr && Prediction == PredictionType.Epsilon)
            yield return new("Of noise alone eps tells nothing about the picture.", "objective.zeroTerminalSnr", "Set objective.prediction to velocity or sample.");
        if (Timesteps < 2) yield return new($"T is {Timesteps}, but must be at least 2: a process of one step has no posterior.", "objective.timesteps");
        if (MinSnrGamma is { } gamma && !(gamma > 0)) yield return new($"It is {gamma}, but must be above 0.", "objective.minSnrGamma");
    }
}
