namespace Darkroom.Schedules;

/// <summary>Which of the two programs whose schedules users know is meant, where they give one name to different formulas.</summary>
public enum SigmaDialect
{
    /// <summary>ComfyUI's formula: the default, since it follows the publications and always ends in 0.</summary>
    ComfyUI,

    /// <summary>The AUTOMATIC1111 web UI's formula, for pictures whose metadata come from it.</summary>
    A1111,
}

/// <summary>The family of the model, where a schedule was tuned per family (Align Your Steps).</summary>
public enum ModelFamily
{
    /// <summary>Stable Diffusion 1.x and 2.x.</summary>
    StableDiffusion,

    /// <summary>Stable Diffusion XL.</summary>
    StableDiffusionXL,

    /// <summary>Stable Video Diffusion.</summary>
    StableVideoDiffusion,
}

/// <summary>What a sigma schedule is asked for.</summary>
public sealed record SigmaRequest
{
    /// <summary>The model's noise levels.</summary>
    public required NoiseLevels Levels { get; init; }

    /// <summary>N, how many steps to make, at least 1.</summary>
    public required int Steps { get; init; }

    /// <summary>
    /// The smallest noise level before 0, positive; default the model's. A1111's use_old_karras_scheduler_sigmas means 0.1 .. 10.
    /// </summary>
    public double? SigmaMin { get; init; }

    /// <summary>The largest noise level, above <see cref="SigmaMin"/>; default the model's.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>The exponent of Karras (default 7) and polyexponential (default 1), positive.</summary>
    public double? Rho { get; init; }

    /// <summary>The first parameter of the beta schedule, positive; default 0.6.</summary>
    public double Alpha { get; init; } = 0.6;

    /// <summary>The second parameter of the beta schedule, positive; default 0.6.</summary>
    public double Beta { get; init; } = 0.6;

    /// <summary>
    /// Whether a timestep found for <see cref="SigmaMin"/> or <see cref="SigmaMax"/> is rounded to an integer one; default false.
    /// </summary>
    public bool Quantize { get; init; }

    /// <summary>The model's family.</summary>
    public ModelFamily Family { get; init; }

    /// <summary><see cref="SigmaMin"/>, or the model's smallest noise level.</summary>
    internal double Smallest => SigmaMin ?? Levels.Min;

    /// <summary><see cref="SigmaMax"/>, or the model's largest noise level.</summary>
    internal double Largest => SigmaMax ?? Levels.Max;

    /// <summary>The timesteps of the largest and of the smallest noise level.</summary>
    internal (double First, double Last) TimestepRange() => Quantize
        ? (Levels.NearestTimestep(Largest), Levels.NearestTimestep(Smallest))
        : (Levels.TimestepAt(Largest), Levels.TimestepAt(Smallest));

    /// <exception cref="DarkroomException">Every option that is out of range.</exception>
    internal void Validate()
    {
        var problems = new List<Problem>();
        if (Steps < 1) problems.Add(new($"It is {Steps}, but must be at least 1.", "steps"));
        if (!(Smallest > 0)) problems.Add(new($"It is {Smallest}, but must be positive.", "sigma_min"));
        if (!double.IsFinite(Largest))
            problems.Add(new("It is not finite.", "sigma_max", "A model with zero terminal SNR needs a largest noise level, such as that of AlphaBar = 2^-24."));
        if (!(Largest > Smallest)) problems.Add(new($"It is {Largest}, but must be above sigma_min, {Smallest}.", "sigma_max"));
        if (Rho is { } rho && !(rho > 0)) problems.Add(new($"It is {rho}, but must be positive.", "rho"));
        if (!(Alpha > 0)) problems.Add(new($"It is {Alpha}, but must be positive.", "alpha"));
        if (!(Beta > 0)) problems.Add(new($"It is {Beta}, but must be positive.", "beta"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}

/// <summary>A rule for the noise levels through which a picture goes at inference.</summary>
public interface ISigmaSchedule
{
    /// <summary>The name on the command line, such as "karras".</summary>
    string Name { get; }

    /// <summary>Which program's formula this is, where the two differ; null where they agree or only one has it.</summary>
    SigmaDialect? Dialect => null;

    /// <summary>Other names that mean this one.</summary>
    IReadOnlyList<string> Aliases => [];

    /// <summary>One line for a person who chooses.</summary>
    string Summary { get; }

    /// <summary>The noise levels in descending order; the picture is done at the last, which is 0 unless the schedule says otherwise.</summary>
    /// <remarks>
    /// Usually N + 1 numbers; schedules that stride over integer timesteps can give one more or, where timesteps coincide, fewer.
    /// </remarks>
    double[] Sigmas(SigmaRequest request);
}
