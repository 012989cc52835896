using Darkroom.Diffusion;
using Darkroom.Schedules;

namespace Darkroom.Training.Tasks;

/// <summary>What a diffusion network learns to predict, on which noise schedule, with which weights.</summary>
public sealed record ObjectiveSettings
{
    /// <summary>eps, x_0 or v; default eps.</summary>
    public PredictionType Prediction { get; init; } = PredictionType.Epsilon;

    /// <summary>The error: mean squared (L_simple) or mean absolute; default L_simple.</summary>
    public ObjectiveKind Kind { get; init; } = ObjectiveKind.MeanSquaredError;

    /// <summary>gamma of the min-SNR weights; null for weights of 1. 5 in the paper (arXiv:2303.09556).</summary>
    public double? MinSnrGamma { get; init; }

    /// <summary>The betas: "linear" (DDPM) or "scaled_linear" (latent diffusion); default scaled_linear.</summary>
    public string BetaSchedule { get; init; } = "scaled_linear";

    /// <summary>beta_0; default 0.00085.</summary>
    public double BetaStart { get; init; } = 0.00085;

    /// <summary>The last beta; default 0.012.</summary>
    public double BetaEnd { get; init; } = 0.012;

    /// <summary>T; default 1000.</summary>
    public int Timesteps { get; init; } = 1000;

    /// <summary>The noise schedule.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: there is no such schedule.</exception>
    public NoiseSchedule Schedule() => BetaSchedule switch
    {
        "linear" => NoiseSchedule.Linear(BetaStart, BetaEnd, Timesteps),
        "scaled_linear" => NoiseSchedule.ScaledLinear(BetaStart, BetaEnd, Timesteps),
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no beta schedule '{BetaSchedule}'; there are linear and scaled_linear.", "objective.betaSchedule"),
    };

    /// <summary>The objective.</summary>
    public TrainingObjective Objective()
    {
        var schedule = Schedule();
        return new TrainingObjective
        {
            Process = new ReverseProcess(new ForwardProcess(schedule), Prediction, VarianceType.FixedSmall),
            Kind = Kind,
            Weights = MinSnrGamma is { } gamma ? LossWeights.MinSnr(schedule, Prediction, gamma) : null,
        };
    }
}
