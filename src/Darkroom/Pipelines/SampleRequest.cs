using Darkroom.Imaging;

namespace Darkroom.Pipelines;

/// <summary>Pictures that a model makes by itself, without guidance unless some is asked for: to see what it has learned.</summary>
public sealed record SampleRequest
{
    /// <summary>How many pictures; default 16.</summary>
    public int Count { get; init; } = 16;

    /// <summary>Seed of the first picture; picture k has seed + k. Null draws one.</summary>
    public long? Seed { get; init; }

    /// <summary>The words of a text-to-image model; empty, the default, for what its training showed without words.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>Names of classes, for a model that has them: picture k is of class k mod their count. Empty for none.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Guidance scale; 1, the default, is off.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>A sampler's name; null takes the model's own.</summary>
    public string? Sampler { get; init; }

    /// <summary>A sigma schedule's name; null takes the sampler's own.</summary>
    public string? Schedule { get; init; }

    /// <summary>Sampling steps; null takes the model's own number.</summary>
    public int? Steps { get; init; }

    /// <summary>How stochastic the sampler is; null takes the sampler's own default.</summary>
    public double? Eta { get; init; }

    /// <summary>Of a model of pixels: the timesteps of ddpm and ddim in place of <see cref="Steps"/>, see <see cref="Pixels.PixelRequest.Respacing"/>; null for none.</summary>
    public string? Respacing { get; init; }

    /// <summary>Of a model of pixels: the folder of a classifier to guide with; null for none.</summary>
    public string? Classifier { get; init; }

    /// <summary>How strongly the classifier guides; null is 1.</summary>
    public double? ClassifierScale { get; init; }

    /// <summary>Of a model of pixels: the folder of a super-resolution model that makes its pictures larger; null for none.</summary>
    public string? Cascade { get; init; }

    /// <summary>The timestep that small pictures are noised to before they are made larger; null is 100.</summary>
    public int? CascadeNoise { get; init; }

    /// <summary>Those of the members that are for models of pixels alone and are set.</summary>
    internal IEnumerable<string> ForPixelsAlone => new (string Name, object? Value)[]
    {
        ("respacing", Respacing), ("classifier", Classifier), ("classifier-scale", ClassifierScale), ("cascade", Cascade), ("cascade-noise", CascadeNoise),
    }.Where(m => m.Value is not null).Select(m => m.Name);

    /// <summary>How many times larger the finished pictures are made; null takes the model's own factor.</summary>
    public double? Upscale { get; init; }
}

/// <summary>A picture that a model made by itself.</summary>
/// <param name="Picture">The pixels.</param>
/// <param name="Seed">The seed that it was made with.</param>
/// <param name="Parameters">Every setting, as it is written into the file; null where the kind of model has none.</param>
public sealed record SampledPicture(Picture Picture, long Seed, GenerationParameters? Parameters);
