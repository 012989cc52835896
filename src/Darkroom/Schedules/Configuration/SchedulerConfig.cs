using System.Text.Json;

namespace Darkroom.Schedules;

/// <summary>
/// A checkpoint's scheduler_config.json: the forward process that the model was trained on, and the options of the sampler that it comes with.
/// </summary>
/// <remarks>
/// A file states some options; every sampler class has a default of its own for the others. So the same checkpoint spaces its timesteps "leading"
/// with DDIM and "linspace" with Euler, unless its file says which. The properties hold the effective values for <see cref="ClassName"/>;
/// <see cref="As"/> gives those for another class and <see cref="State(string, object)"/> adds to what is stated. Keys that a class doesn't have are kept and not used.
/// </remarks>
public sealed record SchedulerConfig
{
    /// <summary>The sampler class in diffusers' naming ("_class_name"), such as "EulerDiscreteScheduler".</summary>
    public string ClassName { get; internal init; } = "DDIMScheduler";

    /// <summary>What the file states, by key, in its order.</summary>
    public IReadOnlyDictionary<string, JsonElement> Stated { get; internal init; } = new Dictionary<string, JsonElement>();

    /// <summary>T (num_train_timesteps), 1 .. 1,000,000; default 1000.</summary>
    public int TrainingSteps { get; internal init; } = 1000;

    /// <summary>beta_start; default 0.0001, or 0.00085 for the classes that were made for latent diffusion.</summary>
    public double BetaStart { get; internal init; } = 1e-4;

    /// <summary>beta_end; default 0.02 or 0.012.</summary>
    public double BetaEnd { get; internal init; } = 0.02;

    /// <summary>beta_schedule, a name of <see cref="BetaSchedules"/>; default linear.</summary>
    public string BetaSchedule { get; internal init; } = "linear";

    /// <summary>trained_betas: the betas themselves, which then replace the rule; null for none.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; internal init; }

    /// <summary>rescale_betas_zero_snr: rescale the schedule to zero terminal SNR; default false.</summary>
    public bool RescaleBetasZeroSnr { get; internal init; }

    /// <summary>prediction_type; default epsilon.</summary>
    public PredictionType PredictionType { get; internal init; }

    /// <summary>timestep_spacing; default leading for DDPM, DDIM, PNDM, LCM and TCD, linspace for the others.</summary>
    public TimestepSpacing TimestepSpacing { get; internal init; } = TimestepSpacing.Leading;

    /// <summary>steps_offset, added to leading timesteps; default 0.</summary>
    public int StepsOffset { get; internal init; }

    /// <summary>clip_sample: clip the predicted x_0; default true for DDPM and DDIM.</summary>
    public bool ClipSample { get; internal init; }

    /// <summary>clip_sample_range: x_0 is clipped to plus and minus this; default 1.</summary>
    public double ClipSampleRange { get; internal init; } = 1;

    /// <summary>thresholding: dynamic thresholding of the predicted x_0; default false.</summary>
    public bool Thresholding { get; internal init; }

    /// <summary>dynamic_thresholding_ratio: the quantile of |x_0| that dynamic thresholding takes, [0, 1]; default 0.995.</summary>
    public double DynamicThresholdingRatio { get; internal init; } = 0.995;

    /// <summary>sample_max_value: the largest threshold; default 1.</summary>
    public double SampleMaxValue { get; internal init; } = 1;

    /// <summary>
    /// variance_type: fixed_small, fixed_small_log, fixed_large, fixed_large_log, learned or learned_range; null for none. Default
    /// fixed_small for DDPM.
    /// </summary>
    public string? VarianceType { get; internal init; }

    /// <summary>set_alpha_to_one: whether DDIM's last step ends at AlphaBar = 1 rather than AlphaBar_0; default true, for PNDM false.</summary>
    public bool SetAlphaToOne { get; internal init; } = true;

    /// <summary>skip_prk_steps: PNDM without its Runge-Kutta start, that is PLMS; default false.</summary>
    public bool SkipPrkSteps { get; internal init; }

    /// <summary>use_karras_sigmas; at most one of the four replacements of the noise levels may be set; default false.</summary>
    public bool UseKarrasSigmas { get; internal init; }

    /// <summary>use_exponential_sigmas; default false.</summary>
    public bool UseExponentialSigmas { get; internal init; }

    /// <summary>use_beta_sigmas; default false.</summary>
    public bool UseBetaSigmas { get; internal init; }

    /// <summary>use_lu_lambdas: evenly spaced half log SNR (DPM-Solver); default false.</summary>
    public bool UseLuLambdas { get; internal init; }

    /// <summary>sigma_min of the replacements, and of EDM (0.002 there); null for the schedule's own.</summary>
    public double? SigmaMin { get; internal init; }

    /// <summary>sigma_max of the replacements, and of EDM (80 there); null for the schedule's own.</summary>
    public double? SigmaMax { get; internal init; }

    /// <summary>sigma_data of EDM, the standard deviation of the data; default 0.5.</summary>
    public double SigmaData { get; internal init; } = 0.5;

    /// <summary>sigma_schedule of EDM: karras or exponential; default karras.</summary>
    public string SigmaSchedule { get; internal init; } = "karras";

    /// <summary>rho of EDM's Karras schedule; default 7.</summary>
    public double Rho { get; internal init; } = 7;

    /// <summary>interpolation_type of Euler: linear, or log_linear, which spaces log sigma evenly; default linear.</summary>
    public string InterpolationType { get; internal init; } = "linear";

    /// <summary>timestep_type of Euler: discrete, or continuous, where the network gets log(sigma) / 4; default discrete.</summary>
    public string TimestepType { get; internal init; } = "discrete";

    /// <summary>final_sigmas_type: zero, or sigma_min, which leaves the model's smallest noise in the picture; default zero.</summary>
    public string FinalSigmasType { get; internal init; } = "zero";

    /// <summary>solver_order of DPM-Solver, DEIS and UniPC, 1 .. 3; default 2.</summary>
    public int SolverOrder { get; internal init; } = 2;

    /// <summary>
    /// algorithm_type: dpmsolver, dpmsolver++, sde-dpmsolver, sde-dpmsolver++, deis; data_prediction or noise_prediction for SA-Solver.
    /// </summary>
    public string AlgorithmType { get; internal init; } = "dpmsolver++";

    /// <summary>solver_type: midpoint or heun for DPM-Solver, logrho for DEIS, bh1 or bh2 for UniPC.</summary>
    public string SolverType { get; internal init; } = "midpoint";

    /// <summary>
    /// lower_order_final: lower order in the last steps, when there are fewer than 15; default true, for single-step DPM-Solver false.
    /// </summary>
    public bool LowerOrderFinal { get; internal init; } = true;

    /// <summary>euler_at_final: the last step of DPM-Solver is of order one; default false.</summary>
    public bool EulerAtFinal { get; internal init; }

    /// <summary>lambda_min_clipped: timesteps with a smaller half log SNR are not used by DPM-Solver; default minus infinity.</summary>
    public double LambdaMinClipped { get; internal init; } = double.NegativeInfinity;

    /// <summary>predict_x0 of UniPC; default true.</summary>
    public bool PredictX0 { get; internal init; } = true;

    /// <summary>disable_corrector of UniPC: steps without corrector; default none.</summary>
    public IReadOnlyList<int> DisableCorrector { get; internal init; } = [];

    /// <summary>predictor_order of SA-Solver; default 2.</summary>
    public int PredictorOrder { get; internal init; } = 2;

    /// <summary>corrector_order of SA-Solver; default 2.</summary>
    public int CorrectorOrder { get; internal init; } = 2;

    /// <summary>original_inference_steps of LCM and TCD; default 50.</summary>
    public int OriginalInferenceSteps { get; internal init; } = 50;

    /// <summary>timestep_scaling of LCM's boundary condition; default 10.</summary>
    public double TimestepScaling { get; internal init; } = 10;

    /// <summary>noise_sampler_seed of DPM-Solver SDE's Brownian noise; null to draw one.</summary>
    public long? NoiseSamplerSeed { get; internal init; }

    /// <summary>The defaults of a class, nothing stated; for an unknown class those of DDIM.</summary>
    public static SchedulerConfig Default(string className) => SchedulerDefaults.Of(className);

    /// <summary>The same stated options with another class's own defaults for the rest (diffusers: from_config).</summary>
    /// <exception cref="DarkroomException">Every option that this class cannot take.</exception>
    public SchedulerConfig As(string className) => SchedulerConfigReader.Effective(className, Stated, null);

    /// <summary>This with one more option stated, as if the file had said so.</summary>
    /// <param name="key">The key, such as "use_karras_sigmas"; one that no class has is refused here.</param>
    /// <param name="value">A number, text, truth value, list or JSON element; null for none.</param>
    /// <exception cref="DarkroomException">There is no such key, or the value is out of range.</exception>
    public SchedulerConfig State(string key, object? value) => State([new(key, value)]);

    /// <summary>This with more options stated, checked together: options that only fit each other belong in one call.</summary>
    /// <param name="options">Keys and values as of the other overload.</param>
    /// <exception cref="DarkroomException">Every key that does not exist, or every value that is out of range.</exception>
    public SchedulerConfig State(IEnumerable<KeyValuePair<string, object?>> options)
    {
        var stated = new Dictionary<string, JsonElement>(Stated);
        foreach (var (key, value) in options)
        {
            SchedulerConfigReader.RequireKnown(key);
            stated[key] = SchedulerConfigReader.ToElement(value);
        }
        return SchedulerConfigReader.Effective(ClassName, stated, null);
    }

    /// <summary>steps_offset = 1 and clip_sample = false, which Stable Diffusion pipelines force whatever the file says.</summary>
    public SchedulerConfig ForStableDiffusion() => State([new("steps_offset", 1), new("clip_sample", false)]);

    /// <summary>Reads a scheduler_config.json.</summary>
    /// <param name="utf8">Its bytes; Infinity and NaN, which JSON lacks but such files contain, are understood.</param>
    /// <param name="where">Its name, for messages.</param>
    /// <exception cref="DarkroomException">It is not such a file, or every option that is out of range.</exception>
    public static SchedulerConfig Parse(ReadOnlySpan<byte> utf8, string? where = null) => SchedulerConfigReader.Parse(utf8, where);

    /// <summary>The file: class name and stated options, so that reading it back gives this again.</summary>
    public string ToJson() => SchedulerConfigReader.Write(this);

    /// <summary>The forward process: trained_betas or the named rule, rescaled to zero terminal SNR where asked for.</summary>
    public NoiseSchedule CreateSchedule()
    {
        var schedule = TrainedBetas is { } betas ? new NoiseSchedule(betas) : BetaSchedules.Create(BetaSchedule, TrainingSteps, BetaStart, BetaEnd);
        return RescaleBetasZeroSnr ? schedule.RescaleToZeroTerminalSnr() : schedule;
    }
}
