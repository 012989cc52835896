using System.Globalization;
using Darkroom.Imaging;

namespace Darkroom.Pipelines.Rules;

/// <summary>Steps, batch and preview counts.</summary>
internal sealed class CountRule : IRequestRule
{
    private const int MostPictures = 10_000;

    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (request.Steps is < 1) yield return new Problem($"There must be at least 1 step, not {request.Steps}.", "steps");
        if (request.Batch is < 1 or > MostPictures)
            yield return new Problem($"The number of pictures must be from 1 to {MostPictures}, not {request.Batch}.", "batch");
        if (request.PreviewEvery < 0) yield return new Problem("The preview interval must not be negative.", "preview");
    }
}

/// <summary>Sizes that the networks can make.</summary>
internal sealed class SizeRule : IRequestRule
{
    private const int Largest = 16_384;

    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        foreach (var (size, name) in new[] { (request.Width, "width"), (request.Height, "height") })
        {
            if (size is not int pixels) continue;
            int unit = model.PixelsPerLatent;
            if (pixels < unit || pixels > Largest)
            {
                yield return new Problem($"It must be from {unit} to {Largest} pixels, not {pixels}.", name);
            }
            else if (pixels % unit != 0)
            {
                int below = pixels / unit * unit;
                yield return new Problem($"It must be a multiple of {unit}, and {pixels} is not.", name, $"Use {below} or {below + unit}.");
            }
        }
    }
}

/// <summary>How much larger the finished picture is made.</summary>
internal sealed class UpscaleRule : IRequestRule
{
    private const double Most = 16;

    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (request.Upscale is { } factor && !(factor is >= 1 and <= Most))
            yield return new Problem($"It must be from 1 to {Most}, not {GuidanceRule.Text(factor)}.", "upscale");
        else if (Pixels(request) * request.Upscale * request.Upscale > Picture.MaxPixels)
            yield return new Problem($"The enlarged picture would have more than {Picture.MaxPixels} pixels.", "upscale");
    }

    private static double Pixels(GenerationRequest request)
    {
        var picture = request switch { ImageToImageRequest image => image.InitImage, InpaintRequest inpaint => inpaint.InitImage, _ => null };
        return Math.Max((double)(request.Width ?? 0) * (request.Height ?? 0), (double)(picture?.Width ?? 0) * (picture?.Height ?? 0));
    }
}

/// <summary>Guidance, its rescale and its interval, and eta.</summary>
internal sealed class GuidanceRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (request.Guidance is { } scale && !double.IsFinite(scale))
            yield return new Problem($"It must be a finite number, not {Text(scale)}.", "guidance");
        if (!(request.GuidanceRescale is >= 0 and <= 1))
            yield return new Problem($"It must be from 0 to 1, not {Text(request.GuidanceRescale)}.", "guidance rescale");
        var (start, end) = request.GuidanceInterval;
        if (!(start >= 0 && end <= 1 && start <= end))
        {
            yield return new Problem($"Start and end must be fractions with 0 <= start <= end <= 1, not {Text(start)} and {Text(end)}.",
                "guidance interval");
        }
        if (request.Eta is { } eta && !(eta >= 0 && double.IsFinite(eta)))
            yield return new Problem($"It must be 0 or more, not {Text(eta)}.", "eta");
    }

    internal static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Strength of image-to-image and inpainting.</summary>
internal sealed class StrengthRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        double? strength = request switch
        {
            ImageToImageRequest image => image.Strength,
            InpaintRequest inpaint => inpaint.Strength,
            _ => null,
        };
        if (strength is not { } value) yield break;
        if (!(value is >= 0 and <= 1))
        {
            yield return new Problem($"It must be from 0 to 1, not {GuidanceRule.Text(value)}.", "strength");
        }
        else if (request.Steps is { } steps and >= 1 && (int)(steps * value) < 1)
        {
            yield return new Problem($"{steps} steps at strength {GuidanceRule.Text(value)} are less than one step, so nothing would change.", "strength",
                $"Take a strength of at least {GuidanceRule.Text(Math.Ceiling(100.0 / steps) / 100)}, or more steps.");
        }
    }
}

/// <summary>Clip-skip must leave a layer of the text encoder.</summary>
internal sealed class ClipSkipRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (request.ClipSkip < 0 || request.ClipSkip >= model.TextLayers)
        {
            yield return new Problem(
                $"It must be from 0 to {model.TextLayers - 1} for this text encoder of {model.TextLayers} layers, not {request.ClipSkip}.",
                "clip skip", "1 leaves out the last layer (AUTOMATIC1111 calls that 2).");
        }
    }
}

/// <summary>Seeds of a batch end within 64 bits.</summary>
internal sealed class SeedRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        foreach (var (seed, name) in new[] { (request.Seed, "seed"), (request.VariationSeed, "variation seed") })
        {
            if (seed > long.MaxValue - Math.Max(request.Batch - 1, 0))
                yield return new Problem($"With {request.Batch} pictures the last would have a seed above {long.MaxValue}.", name);
        }
    }
}

/// <summary>Seed variation.</summary>
internal sealed class VariationRule : IRequestRule
{
    public IEnumerable<Problem> Check(GenerationRequest request, ModelFacts model)
    {
        if (!(request.VariationStrength is >= 0 and <= 1))
            yield return new Problem($"It must be from 0 to 1, not {GuidanceRule.Text(request.VariationStrength)}.", "variation strength");
        if (request.VariationStrength > 0 && request.VariationSeed is null)
            yield return new Problem("A variation strength needs a variation seed.", "variation seed");
        // The angle between noises is taken along columns, which need two numbers.
        if (request.VariationStrength > 0 && request.Height == model.PixelsPerLatent)
            yield return new Problem($"A seed can't be varied at a height of {request.Height} pixels.", "height", $"Use {2 * request.Height} or more.");
    }
}
