namespace Darkroom.Schedules;

/// <summary>
/// The noise levels and timesteps through which a sampler goes, exactly as the diffusers scheduler of the configuration's class chooses them.
/// </summary>
/// <remarks>
/// One entry per step, whatever the sampler's order: those that evaluate the network twice a step derive the second point from two neighbours
/// (<see cref="EvaluationTimesteps"/>). Inverse schedulers ascend. A schedule that is rescaled to zero terminal SNR is so for every class here, since
/// that is a property of the model; diffusers' Heun, LMS, DPM2, DEIS and PNDM ignore it.
/// </remarks>
public sealed record InferenceSchedule
{
    /// <summary>What it was made from.</summary>
    public required SchedulerConfig Config { get; init; }

    /// <summary>The model's noise levels; null for EDM, whose levels are continuous.</summary>
    public NoiseLevels? Levels { get; init; }

    /// <summary>What the network is given at each step; fractional for the Euler family.</summary>
    public required IReadOnlyList<double> Timesteps { get; init; }

    /// <summary>sigma of the variance-exploding view at each step, then at the end: one more than <see cref="Timesteps"/>.</summary>
    public required IReadOnlyList<double> Sigmas { get; init; }

    /// <summary>The factor of unit noise at which a picture from nothing starts (init_noise_sigma), in the sampler's own view of x.</summary>
    public required double InitialNoiseScale { get; init; }

    /// <summary>The schedule of N steps.</summary>
    /// <param name="config">Class and options.</param>
    /// <param name="steps">N.</param>
    /// <param name="strength">For LCM and TCD, the part of the distilled timesteps to use in image to image; 1 otherwise.</param>
    /// <param name="originalSteps">
    /// original_inference_steps of this request. LCM takes it for the configuration's; for TCD, giving it (whatever it is) frees the sampler
    /// from the distilled timesteps, as in diffusers. Null for the configuration's.
    /// </param>
    /// <exception cref="DarkroomException">The class is unknown or the number of steps is out of range.</exception>
    public static InferenceSchedule Create(SchedulerConfig config, int steps, double strength = 1, int? originalSteps = null) => config.ClassName switch
    {
        "DDPMScheduler" or "DDIMScheduler" or "DDIMInverseScheduler" or "PNDMScheduler" => AncestralSpacing.Create(config, steps),
        "LCMScheduler" => AncestralSpacing.OfConsistencyModel(config, originalSteps ?? config.OriginalInferenceSteps, steps, strength),
        "TCDScheduler" => AncestralSpacing.OfConsistencyModel(config, originalSteps is null ? config.OriginalInferenceSteps : config.TrainingSteps, steps, strength),
        "LMSDiscreteScheduler" or "EulerDiscreteScheduler" or "EulerAncestralDiscreteScheduler" or "HeunDiscreteScheduler" or "KDPM2DiscreteScheduler"
            or "KDPM2AncestralDiscreteScheduler" or "DPMSolverSDEScheduler" => EulerSpacing.Create(config, steps),
        "DPMSolverMultistepScheduler" or "DPMSolverSinglestepScheduler" or "DEISMultistepScheduler" or "UniPCMultistepScheduler" or "SASolverScheduler"
            or "DPMSolverMultistepInverseScheduler" => IntegratorSpacing.Create(config, steps),
        "EDMEulerScheduler" or "EDMDPMSolverMultistepScheduler" => EdmSpacing.Create(config, steps),
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no sampler of class {config.ClassName}.", "_class_name",
            $"Choose one of {string.Join(", ", SchedulerDefaults.Classes)}."),
    };

    /// <summary>The schedule on timesteps that the user gives.</summary>
    /// <param name="config">Class and options; spacing and replacements of noise levels are not used.</param>
    /// <param name="timesteps">Strictly descending within 0 .. T-1.</param>
    /// <exception cref="DarkroomException">They are not.</exception>
    public static InferenceSchedule FromTimesteps(SchedulerConfig config, IReadOnlyList<int> timesteps)
    {
        double[] checkedTimesteps = SpacedTimesteps.Custom(timesteps, config.TrainingSteps);
        var template = Create(config with { UseKarrasSigmas = false, UseExponentialSigmas = false, UseBetaSigmas = false, UseLuLambdas = false }, 1) with { Config = config };
        if (template.Levels is null) throw new DarkroomException(ErrorKind.InvalidRequest, "EDM has noise levels, not timesteps.", "timesteps");
        double[] sigmas = [.. checkedTimesteps.Select(template.Levels.SigmaAtLinear)];
        bool exploding = template.InitialNoiseScale != 1;
        return template with
        {
            Timesteps = checkedTimesteps,
            Sigmas = [.. sigmas, template.Sigmas[^1]],
            InitialNoiseScale = exploding ? EulerSpacing.InitialScale(config, sigmas[0]) : 1,
        };
    }

    /// <summary>
    /// The schedule on noise levels that the user gives, such as those of <see cref="SigmaSchedules"/>; each gets its fractional timestep.
    /// </summary>
    /// <param name="config">Class and options; a class of the Euler family or an exponential integrator.</param>
    /// <param name="sigmas">Strictly descending, the last being where the picture is done, usually 0.</param>
    /// <exception cref="DarkroomException">They don't descend, or the class has no noise levels of a model.</exception>
    public static InferenceSchedule FromSigmas(SchedulerConfig config, IReadOnlyList<double> sigmas)
    {
        int wrong = Enumerable.Range(1, Math.Max(sigmas.Count - 1, 0)).FirstOrDefault(i => !(sigmas[i] < sigmas[i - 1]));
        if (sigmas.Count < 2 || wrong > 0 || !(sigmas[^1] >= 0) || !double.IsFinite(sigmas[0]))
            throw new DarkroomException(ErrorKind.InvalidRequest, "There must be at least two finite noise levels that descend to 0 or above.", "sigmas");
        var template = Create(config, 1);
        if (template.Levels is null) throw new DarkroomException(ErrorKind.InvalidRequest, "EDM takes its noise levels from sigma_min, sigma_max and rho.", "sigmas");
        var levels = new NoiseLevels(config.CreateSchedule().WithFiniteSigmas());
        bool exploding = template.InitialNoiseScale != 1;
        return template with
        {
            Levels = levels,
            Timesteps = [.. sigmas.SkipLast(1).Select(levels.TimestepAt)],
            Sigmas = [.. sigmas],
            InitialNoiseScale = exploding ? EulerSpacing.InitialScale(config, sigmas[0]) : 1,
        };
    }

    /// <summary>
    /// What the network is given at each of its evaluations: for Heun every timestep but the first twice, for DPM2 with the timestep of the
    /// geometric mean of two noise levels in between, for PNDM with its repeated start; otherwise <see cref="Timesteps"/>.
    /// </summary>
    public IReadOnlyList<double> EvaluationTimesteps() => Config.ClassName switch
    {
        "HeunDiscreteScheduler" => [Timesteps[0], .. Timesteps.Skip(1).SelectMany(t => new[] { t, t })],
        "KDPM2DiscreteScheduler" => WithMidpoints(i => Sigmas[i + 1]),
        "KDPM2AncestralDiscreteScheduler" => WithMidpoints(i => Sigmas[i + 1] * Sigmas[i + 1] / Sigmas[i]),
        "PNDMScheduler" => AncestralSpacing.PseudoNumerical(Config, Timesteps),
        _ => Timesteps,
    };

    private double[] WithMidpoints(Func<int, double> target) =>
        [Timesteps[0], .. Enumerable.Range(0, Timesteps.Count - 1).SelectMany(i => new[] { Levels!.TimestepAt(Math.Sqrt(Sigmas[i] * target(i))), Timesteps[i + 1] })];
}
