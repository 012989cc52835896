using System.Globalization;
using Darkroom.Imaging;
using Darkroom.Runtime;
using Darkroom.Text.Prompts;

namespace Darkroom.Pipelines;

/// <summary>Between requests and the parameters that a picture carries.</summary>
public static class GenerationRecord
{
    /// <summary>The request that makes a picture again, from its parameters; the model is named there, but not part of it.</summary>
    /// <exception cref="DarkroomException">BadFile: a value that is no value of its kind.</exception>
    public static TextToImageRequest ToRequest(GenerationParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new TextToImageRequest(parameters.Prompt)
        {
            NegativePrompt = parameters.NegativePrompt.Length > 0 ? parameters.NegativePrompt : null,
            Seed = parameters.Seed,
            Steps = parameters.Steps,
            Guidance = parameters.Guidance,
            GuidanceRescale = parameters.GuidanceRescale ?? 0,
            GuidanceInterval = parameters.GuidanceInterval is { } interval ? ParseInterval(interval) : (0, 1),
            Width = parameters.Size?.Width,
            Height = parameters.Size?.Height,
            Sampler = parameters.Sampler,
            Schedule = parameters.Schedule,
            Eta = parameters.Eta,
            // A1111 counts from 1 and writes nothing for the last layer.
            ClipSkip = parameters.ClipSkip is { } skip ? skip - 1 : 0,
            PromptSyntax = parameters.PromptSyntax is { } syntax ? PromptSyntax.Named(syntax) : PromptSyntax.A1111,
            Upscale = parameters.UpscaleFactor,
            VariationSeed = parameters.VariationSeed,
            VariationStrength = parameters.VariationStrength ?? 0,
        };
    }

    /// <summary>What picture <paramref name="k"/> of a filled-in request carries, as the networks made it and as it is in the end.</summary>
    internal static GenerationParameters Of(
        GenerationRequest request, int k, string model, Precision precision, Picture made, Picture finished)
    {
        double? strength = request switch { ImageToImageRequest image => image.Strength, InpaintRequest inpaint => inpaint.Strength, _ => null };
        var (start, end) = request.GuidanceInterval;
        bool resized = (made.Width, made.Height) != (finished.Width, finished.Height);
        bool byFactor = resized && made.EnlargedSize(request.Upscale ?? 1) == (finished.Width, finished.Height);
        return new GenerationParameters
        {
            Prompt = request.Prompt,
            NegativePrompt = request.NegativePrompt ?? "",
            Steps = request.Steps,
            Sampler = request.Sampler,
            Schedule = request.Schedule,
            Guidance = request.Guidance,
            Seed = request.Seed + k,
            Size = (made.Width, made.Height),
            Model = model,
            UpscaleFactor = byFactor ? request.Upscale : null,
            UpscaleSize = resized && !byFactor ? (finished.Width, finished.Height) : null,
            Upscaler = resized ? "Lanczos" : null,
            VariationSeed = request.VariationStrength > 0 ? request.VariationSeed + k : null,
            VariationStrength = request.VariationStrength > 0 ? request.VariationStrength : null,
            DenoisingStrength = strength,
            ClipSkip = request.ClipSkip > 0 ? request.ClipSkip + 1 : null,
            Eta = request.Eta,
            GuidanceRescale = request.GuidanceRescale > 0 ? request.GuidanceRescale : null,
            GuidanceInterval = (start, end) == (0, 1) ? null : string.Create(CultureInfo.InvariantCulture, $"{start:r}-{end:r}"),
            Precision = precision.Name(),
            PromptSyntax = request.PromptSyntax.Name,
            Version = $"darkroom {typeof(GenerationRecord).Assembly.GetName().Version?.ToString(3)}",
        };
    }

    private static (double Start, double End) ParseInterval(string text)
    {
        // The first '-' that is no sign and no part of an exponent such as 1E-05.
        int dash = Enumerable.Range(1, Math.Max(text.Length - 1, 0)).FirstOrDefault(i => text[i] == '-' && text[i - 1] is not ('e' or 'E'));
        return dash > 0 && double.TryParse(text.AsSpan(0, dash), CultureInfo.InvariantCulture, out double start)
            && double.TryParse(text.AsSpan(dash + 1), CultureInfo.InvariantCulture, out double end)
            ? (start, end)
            : throw new DarkroomException(ErrorKind.BadFile, $"'{text}' is no guidance interval.", "Guidance interval", "It is written as 0.2-0.8.");
    }
}
