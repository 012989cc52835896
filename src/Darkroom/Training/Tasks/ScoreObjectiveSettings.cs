using System.Text.Json.Nodes;

namespace Darkroom.Training.Tasks;

/// <summary>Which stochastic differential equation makes noise of pictures.</summary>
public enum SdeKind
{
    /// <summary>Variance preserving, the limit of DDPM.</summary>
    VariancePreserving,

    /// <summary>Sub-VP, whose variance is bounded by that of VP.</summary>
    SubVariancePreserving,

    /// <summary>Variance exploding, the limit of score matching with Langevin dynamics.</summary>
    VarianceExploding,
}

/// <summary>Denoising score matching in continuous time: the mean of |eps - eps hat|^2 over t in (eps, 1); Song et al. 2021, arXiv:2011.13456, eq. 7.</summary>
public sealed record ScoreObjectiveSettings
{
    /// <summary>The equation; default VP.</summary>
    public SdeKind Sde { get; init; }

    /// <summary>beta(0) of VP and sub-VP; default 0.1.</summary>
    public double BetaMin { get; init; } = 0.1;

    /// <summary>beta(1) of VP and sub-VP; default 20.</summary>
    public double BetaMax { get; init; } = 20;

    /// <summary>The smallest sigma of VE; default 0.01.</summary>
    public double SigmaMin { get; init; } = 0.01;

    /// <summary>The largest sigma of VE, about the largest distance between two pictures; default 50.</summary>
    public double SigmaMax { get; init; } = 50;

    /// <summary>The scheduler's configuration; sub-VP, which diffusers lacks, is named as its neighbours are.</summary>
    internal JsonObject Scheduler()
    {
        var scheduler = new JsonObject
        {
            ["_class_name"] = Sde switch
            {
                SdeKind.VarianceExploding => "ScoreSdeVeScheduler",
                SdeKind.SubVariancePreserving => "ScoreSdeSubVpScheduler",
                _ => "ScoreSdeVpScheduler",
            },
        };
        if (Sde == SdeKind.VarianceExploding) (scheduler["sigma_min"], scheduler["sigma_max"]) = (SigmaMin, SigmaMax);
        else (scheduler["beta_min"], scheduler["beta_max"]) = (BetaMin, BetaMax);
        return scheduler;
    }

    internal IEnumerable<Problem> Problems(int channels, int outputs)
    {
        if (outputs != channels) yield return new($"The network gives {outputs} channels, but pictures of {channels} need {channels}.", "unet.out_channels", $"Set it to {channels}.");
        if (!(BetaMin > 0 && BetaMin < BetaMax)) yield return new($"They are {BetaMin} and {BetaMax}, but must ascend from above 0.", "score.betaMin, score.betaMax");
        if (!(SigmaMin > 0 && SigmaMin < SigmaMax)) yield return new($"They are {SigmaMin} and {SigmaMax}, but must ascend from above 0.", "score.sigmaMin, score.sigmaMax");
    }
}
