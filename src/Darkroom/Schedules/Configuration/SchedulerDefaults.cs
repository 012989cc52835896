namespace Darkroom.Schedules;

/// <summary>The defaults that differ between sampler classes (diffusers 0.42, constructor arguments).</summary>
internal static class SchedulerDefaults
{
    private static readonly SchedulerConfig Latent = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    private static readonly SchedulerConfig Consistency = Latent with { BetaSchedule = "scaled_linear" };

    private static readonly SchedulerConfig Edm = new() { TimestepSpacing = TimestepSpacing.Linspace, SigmaMin = 0.002, SigmaMax = 80 };

    private static readonly SchedulerConfig Spaced = new() { TimestepSpacing = TimestepSpacing.Linspace };

    private static readonly SchedulerConfig LatentSpaced = Latent with { TimestepSpacing = TimestepSpacing.Linspace };

    private static readonly Dictionary<string, SchedulerConfig> ByClass = new(StringComparer.Ordinal)
    {
        ["DDPMScheduler"] = new() { ClipSample = true, VarianceType = "fixed_small" },
        ["DDIMScheduler"] = new() { ClipSample = true },
        ["DDIMInverseScheduler"] = new() { ClipSample = true },
        ["PNDMScheduler"] = new() { SetAlphaToOne = false },
        ["IPNDMScheduler"] = new(),
        ["LMSDiscreteScheduler"] = Spaced,
        ["EulerDiscreteScheduler"] = Spaced,
        ["EulerAncestralDiscreteScheduler"] = Spaced,
        ["HeunDiscreteScheduler"] = LatentSpaced,
        ["KDPM2DiscreteScheduler"] = LatentSpaced,
        ["KDPM2AncestralDiscreteScheduler"] = LatentSpaced,
        ["DPMSolverSDEScheduler"] = LatentSpaced,
        ["DPMSolverMultistepScheduler"] = Spaced,
        ["DPMSolverMultistepInverseScheduler"] = Spaced,
        ["DPMSolverSinglestepScheduler"] = Spaced with { LowerOrderFinal = false },
        ["DEISMultistepScheduler"] = Spaced with { AlgorithmType = "deis", SolverType = "logrho" },
        ["UniPCMultistepScheduler"] = Spaced with { SolverType = "bh2" },
        ["SASolverScheduler"] = Spaced with { AlgorithmType = "data_prediction", VarianceType = "fixed_small" },
        ["LCMScheduler"] = Consistency,
        ["TCDScheduler"] = Consistency,
        ["EDMEulerScheduler"] = Edm,
        ["EDMDPMSolverMultistepScheduler"] = Edm,
    };

    /// <summary>Every class that is known.</summary>
    public static IReadOnlyCollection<string> Classes => ByClass.Keys;

    /// <summary>The defaults of a class; of an unknown one those of DDIM under its own name.</summary>
    public static SchedulerConfig Of(string className) =>
        (ByClass.TryGetValue(className, out var known) ? known : ByClass["DDIMScheduler"]) with { ClassName = className };
}
