namespace Darkroom.Samplers;

/// <summary>What a user may set of a sampler; what isn't set is the sampler's own default.</summary>
public sealed record SamplerOptions
{
    /// <summary>How many steps, at least 1; second-order samplers take two evaluations for each.</summary>
    public required int Steps { get; init; }

    /// <summary>
    /// eta: how stochastic the sampler is, 0 for deterministic (gamma of TCD). Null for the sampler's default.
    /// </summary>
    public double? Eta { get; init; }

    /// <summary>s_noise: the factor of fresh noise, at least 0; default 1.</summary>
    public double? NoiseScale { get; init; }

    /// <summary>s_churn and its limits, for Euler, Heun and DPM2.</summary>
    public Churn? Churn { get; init; }

    /// <summary>The largest order of LMS, DPM++ 2M and others that have a choice; null for the default.</summary>
    public int? Order { get; init; }

    /// <summary>midpoint or heun, for the DPM++ family; null for the default.</summary>
    public SecondOrderTerm? SecondOrder { get; init; }

    /// <summary>r of DPM++ SDE, in (0, 1]; default 1/2.</summary>
    public double? MidpointRatio { get; init; }

    /// <summary>
    /// use_clipped_model_output of DDIM: where x_0 hat is clipped, eps hat is made to fit. Default false.
    /// </summary>
    public bool UseClippedDenoised { get; init; }

    /// <summary>The timesteps themselves, descending, in place of a spacing; null for none.</summary>
    public IReadOnlyList<int>? Timesteps { get; init; }

    /// <summary>The noise levels themselves, descending, the last one the end; null for none.</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>The largest noise level of a sigma schedule; null for the model's.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>The smallest noise level above 0 of a sigma schedule; null for the model's.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>rho of the Karras and polyexponential schedules; null for their default.</summary>
    public double? Rho { get; init; }

    /// <summary>Image to image's strength for LCM and TCD, which space their timesteps by it; 1 otherwise.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>original_inference_steps of LCM and TCD; null for the configuration's.</summary>
    public int? DistilledSteps { get; init; }

    /// <summary>
    /// The seed of each picture: A1111's SDE samplers seed their Brownian path with it. Null draws from the picture's
    /// generator.
    /// </summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>
    /// Seeds of the Brownian path of SDE samplers, one for the batch or one per picture, whatever the name's own rule;
    /// null follows that rule.
    /// </summary>
    public IReadOnlyList<long>? BrownianSeeds { get; init; }
}

/// <summary>A sampler with the plan that it will follow.</summary>
/// <param name="Sampler">The method with its settings; it keeps no state between runs and may be shared.</param>
/// <param name="Plan">Every evaluation point and the landing points.</param>
public sealed record PreparedSampler(ISampler Sampler, SamplingPlan Plan);
