using System.Globalization;
using System.Text.RegularExpressions;

namespace Darkroom.Imaging;

/// <summary>
/// What A1111 1.10 takes a text to mean: sizes taken apart, what is missing filled in, settings of old versions translated. Its API calls these
/// the parameters of a picture; to make a picture again <see cref="GenerationParameters"/> is enough.
/// </summary>
public static partial class A1111Infotext
{
    private static readonly (string Key, string Value)[] Missing =
    [
        ("Hires resize-1", "0"), ("Hires resize-2", "0"), ("Hires sampler", "Use same sampler"), ("Hires schedule type", "Use same scheduler"),
        ("Hires checkpoint", "Use same checkpoint"), ("Hires prompt", ""), ("Hires negative prompt", ""), ("Mask mode", "Inpaint masked"),
        ("Masked content", "original"), ("Inpaint area", "Whole picture"), ("Masked area padding", "32"), ("RNG", "GPU"),
        ("Schedule type", "Automatic"), ("Schedule max sigma", "0"), ("Schedule min sigma", "0"), ("Schedule rho", "0"),
        ("VAE Encoder", "Full"), ("VAE Decoder", "Full"), ("FP8 weight", "Disable"), ("Refiner switch by sampling steps", "False"),
    ];

    /// <summary>Every setting with the prompts as "Prompt" and "Negative prompt", completed; values as Python prints them.</summary>
    /// <param name="text">An infotext.</param>
    /// <param name="usesEmphasis">Whether some part of a prompt has another weight than 1.</param>
    public static OrderedDictionary<string, string> Read(string text, Func<string, bool> usesEmphasis)
    {
        ArgumentNullException.ThrowIfNull(usesEmphasis);
        var (prompt, negative, settings) = Infotext.Parse(text);
        var result = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in settings)
        {
            if (SizePattern().Match(value) is { Success: true } size)
                (result[key + "-1"], result[key + "-2"]) = (size.Groups[1].Value, size.Groups[2].Value);
            else
                result[key] = value;
        }
        (result["Prompt"], result["Negative prompt"]) = (prompt, negative);
        result.TryAdd("Clip skip", "1");
        if (result.TryGetValue("Hypernet", out string? network))
            result["Prompt"] += $"<hypernet:{network}:{result.GetValueOrDefault("Hypernet strength", "1.0")}>";
        TranslateFirstPassSize(result);
        foreach (var (key, value) in Missing) result.TryAdd(key, value);
        if (result["FP8 weight"] != "Disable") result.TryAdd("Cache FP16 weight for LoRA", "False");
        if (usesEmphasis(prompt) || usesEmphasis(negative)) result.TryAdd("Emphasis", "Original");
        TranslateOldVersion(result);
        return result;
    }

    /// <summary>Texts from before October 2022 name the size of the first pass; 0x0 stands for some 512 x 512 pixels in steps of 64.</summary>
    private static void TranslateFirstPassSize(OrderedDictionary<string, string> result)
    {
        if (Number("First pass size-1") is not { } firstWidth || Number("First pass size-2") is not { } firstHeight) return;
        double width = Number("Size-1") ?? 512, height = Number("Size-2") ?? 512;
        if (firstWidth == 0 || firstHeight == 0)
        {
            double scale = Math.Sqrt(512 * 512 / (width * height));
            (firstWidth, firstHeight) = (Math.Ceiling(scale * width / 64) * 64, Math.Ceiling(scale * height / 64) * 64);
        }
        (result["Size-1"], result["Size-2"]) = (Format(firstWidth), Format(firstHeight));
        (result["Hires resize-1"], result["Hires resize-2"]) = (Format(width), Format(height));

        double? Number(string key) =>
            result.TryGetValue(key, out string? text) && double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out double value) ? value : null;

        static string Format(double value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Behaviour that later versions changed is asked for by name.</summary>
    private static void TranslateOldVersion(OrderedDictionary<string, string> result)
    {
        if (!result.TryGetValue("Version", out string? text) || VersionPattern().Match(text) is not { Success: true } match) return;
        // major, minor, patch, commits since (a build number behind the first dash)
        int[] version = [.. Enumerable.Range(1, 4).Select(i => int.TryParse(match.Groups[i].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)];

        if (Before(1, 6, 0, 0))
        {
            if (result["Prompt"].Contains('[', StringComparison.Ordinal)) result["Old prompt editing timelines"] = "True";
            if (result.GetValueOrDefault("Sampler") is "DDIM" or "PLMS") result["Pad conds v0"] = "True";
        }
        if (Before(1, 7, 0, 225)) result["Downcast alphas_cumprod"] = "True";
        if (Before(1, 8, 0, 0) && result.GetValueOrDefault("Refiner") is { Length: > 0 }) result["Refiner switch by sampling steps"] = "True";

        bool Before(params ReadOnlySpan<int> other) => version.AsSpan().SequenceCompareTo(other) < 0;
    }

    [GeneratedRegex("^([0-9]+)x([0-9]+)$")]
    private static partial Regex SizePattern();

    [GeneratedRegex(@"^v?([0-9]+)\.([0-9]+)(?:\.([0-9]+))?(?:-([0-9]+))?(?:-|$)")]
    private static partial Regex VersionPattern();
}
