using System.Globalization;

namespace Darkroom.Imaging;

/// <summary>
/// How a picture was made: the prompts and an ordered bag of settings, with names for those that Darkroom knows. As text it is
/// <see cref="Infotext"/>, which goes into the picture and gives the same parameters back.
/// </summary>
/// <remarks>
/// The bag holds every value as it is written, so that nothing of another program's text is lost; the typed members read and write it. Keys are
/// A1111's where it has one. A typed member throws DarkroomException (BadFile) when it is read and its text is no value of its type.
/// </remarks>
public sealed class GenerationParameters
{
    private const string ExactPrompt = "Exact prompt", ExactNegativePrompt = "Exact negative prompt";

    /// <summary>The order in which A1111 writes its keys; others follow in the bag's order, then the last two.</summary>
    private static readonly string[] First =
    [
        "Steps", "Sampler", "Schedule type", "CFG scale", "Image CFG scale", "Seed", "Face restoration", "Size", "Model hash", "Model",
        "FP8 weight", "Cache FP16 weight for LoRA", "VAE hash", "VAE", "Variation seed", "Variation seed strength", "Seed resize from",
        "Denoising strength", "Conditional mask weight", "Clip skip", "ENSD", "Token merging ratio", "Token merging ratio hr",
        "Init image hash", "RNG", "Tiling",
    ];

    private static readonly string[] Last = ["Version", "User"];

    /// <summary>Samplers of A1111 whose noise ENSD shifts: ancestral ones and those of their family.</summary>
    private static readonly HashSet<string> ShiftedByEnsd = new(StringComparer.Ordinal)
    {
        "Euler a", "DPM2", "DPM2 a", "DPM++ 2S a", "DPM fast", "DPM adaptive",
    };

    /// <summary>What the picture should show.</summary>
    public string Prompt { get; set; } = "";

    /// <summary>What it should not show.</summary>
    public string NegativePrompt { get; set; } = "";

    /// <summary>Every setting as text, in order.</summary>
    public OrderedDictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>Sampling steps ("Steps").</summary>
    public int? Steps { get => Number<int>("Steps"); set => Set("Steps", value); }

    /// <summary>A1111's name of the sampler ("Sampler").</summary>
    public string? Sampler { get => Text("Sampler"); set => Set("Sampler", value); }

    /// <summary>A1111's name of the sigma schedule ("Schedule type").</summary>
    public string? Schedule { get => Text("Schedule type"); set => Set("Schedule type", value); }

    /// <summary>Guidance scale s, 1 = none ("CFG scale").</summary>
    public double? Guidance { get => Number<double>("CFG scale"); set => Set("CFG scale", value); }

    /// <summary>Seed of this picture ("Seed").</summary>
    public long? Seed { get => Number<long>("Seed"); set => Set("Seed", value); }

    /// <summary>Width and height in pixels ("Size").</summary>
    public (int Width, int Height)? Size { get => Extent("Size"); set => Set("Size", value); }

    /// <summary>The first ten hexadecimal digits of the checkpoint's SHA-256 ("Model hash").</summary>
    public string? ModelHash { get => Text("Model hash"); set => Set("Model hash", value); }

    /// <summary>The checkpoint's name without folder and extension ("Model").</summary>
    public string? Model { get => Text("Model"); set => Set("Model", value); }

    /// <summary>Hash of a separate autoencoder ("VAE hash").</summary>
    public string? VaeHash { get => Text("VAE hash"); set => Set("VAE hash", value); }

    /// <summary>Name of a separate autoencoder ("VAE").</summary>
    public string? Vae { get => Text("VAE"); set => Set("VAE", value); }

    /// <summary>Seed of the variation ("Variation seed").</summary>
    public long? VariationSeed { get => Number<long>("Variation seed"); set => Set("Variation seed", value); }

    /// <summary>How far the noise goes towards the variation's, 0 .. 1 ("Variation seed strength").</summary>
    public double? VariationStrength { get => Number<double>("Variation seed strength"); set => Set("Variation seed strength", value); }

    /// <summary>The size whose noise is kept in the middle ("Seed resize from").</summary>
    public (int Width, int Height)? SeedResizeFrom { get => Extent("Seed resize from"); set => Set("Seed resize from", value); }

    /// <summary>How much of an initial picture is remade, 0 .. 1 ("Denoising strength"); diffusers calls it strength.</summary>
    public double? DenoisingStrength { get => Number<double>("Denoising strength"); set => Set("Denoising strength", value); }

    /// <summary>Which layer of the text encoder counts, 1 = the last ("Clip skip"). diffusers counts one less.</summary>
    public int? ClipSkip { get => Number<int>("Clip skip"); set => Set("Clip skip", value); }

    /// <summary>Share of fresh noise at each step ("Eta"; A1111 writes "Eta DDIM" for DDIM, which is read too).</summary>
    public double? Eta { get => Number<double>("Eta") ?? Number<double>("Eta DDIM"); set => Set("Eta", value); }

    /// <summary>What is added to the seed for the noise of the steps ("ENSD").</summary>
    public long? NoiseSeedDelta { get => Number<long>("ENSD"); set => Set("ENSD", value); }

    /// <summary>Where noise comes from: CPU (torch), NV (Philox) or GPU ("RNG"; A1111 leaves GPU out).</summary>
    public string? NoiseSource { get => Text("RNG"); set => Set("RNG", value); }

    /// <summary>SHA-256 digits of the initial picture ("Init image hash").</summary>
    public string? InitialImageHash { get => Text("Init image hash"); set => Set("Init image hash", value); }

    /// <summary>How many times larger the finished picture was made ("Postprocess upscale by").</summary>
    public double? UpscaleFactor { get => Number<double>("Postprocess upscale by"); set => Set("Postprocess upscale by", value); }

    /// <summary>The size that the finished picture was brought to ("Postprocess upscale to").</summary>
    public (int Width, int Height)? UpscaleSize { get => Extent("Postprocess upscale to"); set => Set("Postprocess upscale to", value); }

    /// <summary>What it was enlarged with ("Postprocess upscaler").</summary>
    public string? Upscaler { get => Text("Postprocess upscaler"); set => Set("Postprocess upscaler", value); }

    /// <summary>Share of the rescaled guidance, 0 .. 1 ("Guidance rescale", Darkroom's own).</summary>
    public double? GuidanceRescale { get => Number<double>("Guidance rescale"); set => Set("Guidance rescale", value); }

    /// <summary>Where in sampling guidance is used ("Guidance interval", Darkroom's own).</summary>
    public string? GuidanceInterval { get => Text("Guidance interval"); set => Set("Guidance interval", value); }

    /// <summary>What the networks computed in: f32, bf16 or f16 ("Precision", Darkroom's own).</summary>
    public string? Precision { get => Text("Precision"); set => Set("Precision", value); }

    /// <summary>How the prompt was read: plain or a1111 ("Prompt syntax", Darkroom's own).</summary>
    public string? PromptSyntax { get => Text("Prompt syntax"); set => Set("Prompt syntax", value); }

    /// <summary>The program that made the picture, "darkroom 0.1.0" ("Version").</summary>
    public string? Version { get => Text("Version"); set => Set("Version", value); }

    /// <summary>Reads a text; see <see cref="Infotext.Parse"/>.</summary>
    public static GenerationParameters Parse(string text)
    {
        var (prompt, negative, settings) = Infotext.Parse(text);
        var parameters = new GenerationParameters
        {
            Prompt = settings.Remove(ExactPrompt, out string? exact) ? exact : prompt,
            NegativePrompt = settings.Remove(ExactNegativePrompt, out string? exactNegative) ? exactNegative : negative,
        };
        foreach (var (key, value) in settings) parameters.Settings[key] = value;
        return parameters;
    }

    /// <summary>
    /// The text, in A1111's order and without settings that say nothing (a variation of strength 0, clip skip 1, ENSD for a sampler that has no use
    /// for it, ...). Prompts that the notation would not give back exactly are repeated among the settings.
    /// </summary>
    public override string ToString()
    {
        var settings = First.Where(Settings.ContainsKey)
            .Concat(Settings.Keys.Where(key => !First.Contains(key) && !Last.Contains(key)))
            .Concat(Last.Where(Settings.ContainsKey))
            .Where(Matters)
            .Select(key => KeyValuePair.Create(key, Settings[key] == key ? key : Infotext.Quote(Settings[key])))
            .ToList();
        string text = Infotext.FormatQuoted(Prompt, NegativePrompt, settings);
        var back = Infotext.Parse(text);
        if (back.Prompt == Prompt && back.NegativePrompt == NegativePrompt) return text;
        settings.Add(new(ExactPrompt, Infotext.ToJson(Prompt)));
        settings.Add(new(ExactNegativePrompt, Infotext.ToJson(NegativePrompt)));
        return Infotext.FormatQuoted(Prompt, NegativePrompt, settings);
    }

    /// <summary>Whether a setting says something; what can't be read is kept.</summary>
    private bool Matters(string key) => key switch
    {
        "Variation seed" => Value("Variation seed strength", missing: 0) != 0,
        "Variation seed strength" => Value(key) != 0,
        "Seed resize from" => !Settings[key].Split('x').Contains("0"),
        "Clip skip" => !(Value(key) <= 1),
        "ENSD" => Value(key) != 0 && UsesEnsd,
        "RNG" => Settings[key] != "GPU",
        "Tiling" => Settings[key] != "False",
        _ => true,
    };

    /// <summary>DDIM draws noise only with an eta above its usual 0, the others with any but 0.</summary>
    private bool UsesEnsd => Sampler is { } sampler && (ShiftedByEnsd.Contains(sampler) || sampler.StartsWith("DDIM", StringComparison.Ordinal))
        && Value("Eta", Value("Eta DDIM", ShiftedByEnsd.Contains(sampler) ? 1 : 0)) != 0;

    /// <summary>A number, NaN if the text is none.</summary>
    private double Value(string key, double missing = double.NaN) =>
        Text(key) is not { } text ? missing : double.TryParse(text, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;

    private string? Text(string key) => Settings.GetValueOrDefault(key);

    private void Set(string key, string? value)
    {
        if (value is null) Settings.Remove(key);
        else Settings[key] = value;
    }

    private void Set<T>(string key, T? value)
        where T : struct, IFormattable => Set(key, value?.ToString(null, CultureInfo.InvariantCulture));

    private void Set(string key, (int Width, int Height)? size) =>
        Set(key, size is { } s ? string.Create(CultureInfo.InvariantCulture, $"{s.Width}x{s.Height}") : null);

    private T? Number<T>(string key)
        where T : struct, IParsable<T>
    {
        if (Text(key) is not { } text) return null;
        return T.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : throw Bad(key, text);
    }

    private (int Width, int Height)? Extent(string key)
    {
        if (Text(key) is not { } text) return null;
        return text.Split('x') is [var width, var height]
            && int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out int w)
            && int.TryParse(height, NumberStyles.None, CultureInfo.InvariantCulture, out int h) ? (w, h) : throw Bad(key, text);
    }

    private static DarkroomException Bad(string key, string text) =>
        new(ErrorKind.BadFile, $"The parameters say \"{text}\", which can't be read.", key);
}
