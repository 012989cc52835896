using Darkroom.Imaging;
using Darkroom.Text.Prompts;

namespace Darkroom.Pipelines;

/// <summary>What a person asks for: the settings that text-to-image, image-to-image and inpainting share.</summary>
/// <param name="Prompt">What the picture should show.</param>
public abstract record GenerationRequest(string Prompt)
{
    /// <summary>What it should not show; null or empty for nothing. See <see cref="Guidance"/>.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>Seed of the first picture; picture k of a batch has seed + k. Null draws one and reports it with the result.</summary>
    public long? Seed { get; init; }

    /// <summary>Sampling steps (a second-order sampler evaluates the network twice in each).</summary>
    public int? Steps { get; init; }

    /// <summary>s of eps = eps_u + s (eps_c - eps_u) (Ho and Salimans, arXiv:2207.12598); at 1 or less the network is evaluated once a step
    /// and the negative prompt is not used, except where AND or a weight composes the prompt of differences to it.</summary>
    public double? Guidance { get; init; }

    /// <summary>phi of Lin et al., arXiv:2305.08891, section 3.4: how far the guided prediction gets back the spread of the conditional one; 0 is off.</summary>
    public double GuidanceRescale { get; init; }

    /// <summary>The part of the evaluations, as fractions from 0 to 1, in which guidance acts (Kynkäänniemi et al., arXiv:2404.07724).</summary>
    public (double Start, double End) GuidanceInterval { get; init; } = (0, 1);

    /// <summary>Width in pixels, a multiple of 8; null takes the model's own size, or the input picture's.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels, a multiple of 8; null takes the model's own size, or the input picture's.</summary>
    public int? Height { get; init; }

    /// <summary>
    /// How many times larger the finished picture is made, from 1 to 16, with Lanczos; null takes the model's own factor where the size is left to the model too, else 1.
    /// </summary>
    public double? Upscale { get; init; }

    /// <summary>A sampler's name, in diffusers' or AUTOMATIC1111's spelling; null takes the model's own.</summary>
    public string? Sampler { get; init; }

    /// <summary>A sigma schedule's name (karras, exponential, ...); null takes the sampler's own.</summary>
    public string? Schedule { get; init; }

    /// <summary>How stochastic the sampler is (DDIM's eta and its kin); null takes the sampler's own default.</summary>
    public double? Eta { get; init; }

    /// <summary>
    /// How many of the text encoder's last layers are left out (diffusers' counting: 1 is the layer before the last). With the plain syntax it acts on the
    /// prompt alone, as in diffusers; with that of A1111 on the negative prompt too.
    /// </summary>
    public int ClipSkip { get; init; }

    /// <summary>How many pictures to make.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>How the prompts are read.</summary>
    public PromptSyntax PromptSyntax { get; init; } = PromptSyntax.Plain;

    /// <summary>A second seed, towards which the starting noise is turned (A1111's subseed); picture k has this + k.</summary>
    public long? VariationSeed { get; init; }

    /// <summary>How far: 0 keeps the seed's noise, 1 is the noise of <see cref="VariationSeed"/>.</summary>
    public double VariationStrength { get; init; }

    /// <summary>Report a small preview after every n-th evaluation; 0 makes none.</summary>
    public int PreviewEvery { get; init; }
}

/// <summary>A picture from a prompt alone.</summary>
/// <param name="Prompt">What the picture should show.</param>
public sealed record TextToImageRequest(string Prompt) : GenerationRequest(Prompt);

/// <summary>A picture from a prompt and another picture: noise is added to it and taken away again.</summary>
/// <param name="Prompt">What the picture should show.</param>
/// <param name="InitImage">The picture to start from.</param>
/// <remarks>SDEdit, Meng et al. 2022, arXiv:2108.01073.</remarks>
public sealed record ImageToImageRequest(string Prompt, Picture InitImage) : GenerationRequest(Prompt)
{
    /// <summary>The part of the steps that is run: 0 keeps the picture, 1 starts from (nearly) pure noise.</summary>
    public double Strength { get; init; } = 0.8;

    /// <summary>What to do where the picture's size is not the one asked for.</summary>
    public FitMode Fit { get; init; } = FitMode.Stretch;
}

/// <summary>A picture of which only a part is made anew.</summary>
/// <param name="Prompt">What the picture should show.</param>
/// <param name="InitImage">The picture to repair.</param>
/// <param name="Mask">White where it is made anew, black where it is kept; cut at half grey.</param>
public sealed record InpaintRequest(string Prompt, Picture InitImage, Picture Mask) : GenerationRequest(Prompt)
{
    /// <summary>The part of the steps that is run; at 1 the masked part starts from pure noise.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>
    /// Put the original pixels back outside the mask after decoding, so that they stay byte for byte; false leaves what the autoencoder makes
    /// of them, as diffusers does.
    /// </summary>
    public bool Compose { get; init; } = true;
}
