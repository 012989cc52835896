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

    /// <summary>How many times larger the finished pictures are made; null takes the model's own factor.</summary>
    public double? Upscale { get; init; }
}

/// <summary>A picture that a model made by itself.</summary>
/// <param name="Picture">The pixels.</param>
/// <param name="Seed">The seed that it was made with.</param>
/// <param name="Parameters">Every setting, as it is written into the file; null where the kind of model has none.</param>
public sealed record SampledPicture(Picture Picture, long Seed, GenerationParameters? Parameters);
