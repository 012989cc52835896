namespace Darkroom.Pipelines.Pixels;

/// <summary>What to sample from a model of pixels.</summary>
public sealed record PixelRequest
{
    internal const int DefaultSteps = 50;

    /// <summary>How many pictures; default 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The seed of the first picture; picture k has seed + k.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Classes by number: picture k is of class k mod their count. Empty for none, where the model can do without (it has a null class, or no classes).
    /// </summary>
    public IReadOnlyList<int> Classes { get; init; } = [];

    /// <summary>
    /// The sampler: ddpm (ancestral) and ddim as the papers' code runs them, on respaced timesteps; or any name of <see cref="Samplers.SamplerRegistry"/>.
    /// Default ddim; edm_euler for models of EDM.
    /// </summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Steps, 1 .. T; default 50.</summary>
    public int Steps { get; init; } = DefaultSteps;

    /// <summary>
    /// Which timesteps are kept, in place of <see cref="Steps"/>: "250", "10,15,20" (sections) or "ddim50" (integer stride). For ddpm and ddim; null for none.
    /// </summary>
    public string? Respacing { get; init; }

    /// <summary>eta of ddim, 0 (deterministic) to 1 (the variance of ddpm); null for the sampler's default.</summary>
    public double? Eta { get; init; }

    /// <summary>Whether x_0 hat is clipped to [-1, 1]; default true.</summary>
    public bool Clip { get; init; } = true;

    /// <summary>s of classifier-free guidance: 1 (the default) is the conditional model, 0 the one without classes, more than 1 guides.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>s of classifier guidance; 0 (the default) for none. It needs a classifier and classes.</summary>
    public double ClassifierScale { get; init; }

    /// <summary>Pictures that are computed together; default 16. It changes results by rounding only: every picture has its own noise.</summary>
    public int BatchSize { get; init; } = 16;
}
