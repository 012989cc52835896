namespace Darkroom.Samplers;

/// <summary>Whose behaviour a sampler name stands for.</summary>
public enum SamplerDialect
{
    /// <summary>diffusers: the checkpoint's scheduler configuration, integer timesteps, spacing.</summary>
    Diffusers,

    /// <summary>
    /// k-diffusion (also ComfyUI): a list of noise levels, fractional timesteps, noise from the picture's generator.
    /// </summary>
    KDiffusion,

    /// <summary>
    /// The AUTOMATIC1111 web UI: k-diffusion with its own default schedule per sampler and Brownian noise for the SDE
    /// samplers.
    /// </summary>
    A1111,

    /// <summary>The papers' own repositories.</summary>
    Original,
}

/// <summary>A sampler as the lists in the help and in the documentation show it.</summary>
public sealed record SamplerInfo
{
    /// <summary>The name to give, such as "euler_a", "k_heun" or "DPM++ 2M".</summary>
    public required string Name { get; init; }

    /// <summary>Other names that mean the same.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whose behaviour it follows.</summary>
    public required SamplerDialect Dialect { get; init; }

    /// <summary>What people call the method, the same in every dialect: "DPM++ 2M".</summary>
    public required string Title { get; init; }

    /// <summary>What it does, in a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>When to take it: common advice of the field's users, not a measurement.</summary>
    public required string Use { get; init; }

    /// <summary>Whether fresh noise is added during sampling, with the default options.</summary>
    public bool Stochastic { get; init; }

    /// <summary>Order of convergence of the deterministic part, away from start and end.</summary>
    public int Order { get; init; } = 1;

    /// <summary>Network evaluations per step; 0 where the sampler decides.</summary>
    public int EvaluationsPerStep { get; init; } = 1;

    /// <summary>Where the method is published.</summary>
    public required string Paper { get; init; }

    /// <summary>What it is made from: the diffusers class, the k-diffusion function, or the original's name.</summary>
    internal string Method { get; init; } = "";
}
