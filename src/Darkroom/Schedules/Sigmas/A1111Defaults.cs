namespace Darkroom.Schedules;

/// <summary>What A1111's schedule "Automatic" means for a sampler of its list.</summary>
/// <param name="Schedule">A name of <see cref="SigmaSchedules"/>.</param>
/// <param name="DiscardPenultimate">Whether N + 1 steps are made and the last noise level before 0 is dropped.</param>
public readonly record struct SamplerDefault(string Schedule, bool DiscardPenultimate)
{
    /// <summary>The default of a sampler by A1111's label ("DPM++ 2M"); "uniform" for those without one of their own.</summary>
    public static SamplerDefault OfA1111(string samplerLabel) => samplerLabel switch
    {
        "DPM2" or "DPM2 a" => new("karras", true),
        "DPM++ 3M SDE" => new("exponential", true),
        "DPM++ 2M SDE" or "DPM++ 2M SDE Heun" => new("exponential", false),
        "DPM++ 2M" or "DPM++ SDE" or "DPM++ 2S a" or "Restart" => new("karras", false),
        _ => new("uniform", false),
    };
}
