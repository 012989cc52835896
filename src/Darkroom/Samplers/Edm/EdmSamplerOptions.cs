namespace Darkroom.Samplers;

/// <summary>Which noise levels the N steps begin at; table 1 of Karras et al. 2022, "time steps".</summary>
public enum EdmDiscretisation
{
    /// <summary>EDM's own: evenly spaced in sigma^(1/rho).</summary>
    Edm,

    /// <summary>Evenly spaced times of the VP SDE that has both ends.</summary>
    VariancePreserving,

    /// <summary>Evenly spaced in ln sigma.</summary>
    VarianceExploding,

    /// <summary>Evenly spaced among the M levels of improved DDPM that lie within both ends.</summary>
    ImprovedDdpm,
}

/// <summary>The noise schedule sigma(t), in which the ODE's steps are straight lines; table 1, "schedule".</summary>
public enum EdmNoiseSchedule
{
    /// <summary>sigma(t) = t, EDM's own.</summary>
    Linear,

    /// <summary>sigma(t) = sqrt(exp(beta_d t^2/2 + beta_min t) - 1).</summary>
    VariancePreserving,

    /// <summary>sigma(t) = sqrt(t).</summary>
    VarianceExploding,
}

/// <summary>The scaling s(t) of x = s(t) (x_0 + sigma(t) eps); table 1, "scaling".</summary>
public enum EdmScaling
{
    /// <summary>s(t) = 1, EDM's own.</summary>
    None,

    /// <summary>s(t) = 1/sqrt(1 + sigma(t)^2).</summary>
    VariancePreserving,
}

/// <summary>Every choice of the general sampler of Karras et al. 2022, arXiv:2206.00364; the defaults are EDM's own.</summary>
public sealed record EdmSamplerOptions
{
    /// <summary>N, at least 2.</summary>
    public required int Steps { get; init; }

    /// <summary>The smallest noise level, above 0; a last step goes from there to 0.</summary>
    public double SigmaMin { get; init; } = 0.002;

    /// <summary>The largest noise level, from which sampling starts.</summary>
    public double SigmaMax { get; init; } = 80;

    /// <summary>rho of EDM's discretisation.</summary>
    public double Rho { get; init; } = 7;

    /// <summary>Where the steps begin.</summary>
    public EdmDiscretisation Discretisation { get; init; } = EdmDiscretisation.Edm;

    /// <summary>The N noise levels themselves, descending, in place of a discretisation; null (the default) for none.</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>sigma(t).</summary>
    public EdmNoiseSchedule Schedule { get; init; } = EdmNoiseSchedule.Linear;

    /// <summary>s(t).</summary>
    public EdmScaling Scaling { get; init; } = EdmScaling.None;

    /// <summary>Heun's method, of order two (default), or Euler's.</summary>
    public bool Heun { get; init; } = true;

    /// <summary>
    /// alpha, where in the step Heun's second evaluation is, in (0, 1]: 1 is Heun, 1/2 the midpoint method, 2/3 Ralston's.
    /// </summary>
    public double SecondEvaluation { get; init; } = 1;

    /// <summary>Stochastic churn; null for none.</summary>
    public Churn? Churn { get; init; }

    /// <summary>eps_s, the time of sigma_min in the VP discretisation and schedule.</summary>
    public double SmallestTime { get; init; } = 1e-3;

    /// <summary>M, C_1 and C_2 of improved DDPM's levels.</summary>
    public (int Count, double C1, double C2) ImprovedDdpm { get; init; } = (1000, 0.001, 0.008);
}
