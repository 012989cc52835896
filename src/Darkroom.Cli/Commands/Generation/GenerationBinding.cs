using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Pipelines;
using Darkroom.Runtime;
using Darkroom.Text.Prompts;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>From the values of the options to the library's requests.</summary>
internal static class GenerationBinding
{
    public static LoadOptions LoadOptions(GenerationOptions options, CommandContext context, string dtype, int batch) => new()
    {
        Precision = Precisions.Parse(dtype),
        ConfigFolder = context.Get(options.Config),
        AutoencoderPath = context.Get(options.Vae),
        SchedulerConfigPath = context.Get(options.SchedulerConfig),
        // A single picture needs each network once.
        KeepLoaded = batch > 1,
    };

    /// <summary>Puts the options into a request.</summary>
    /// <param name="request">The request: prompt and pictures are in it, and with <paramref name="repeats"/> every setting of a picture.</param>
    /// <param name="options">The options.</param>
    /// <param name="context">Their values.</param>
    /// <param name="repeats">Whether a picture is repeated: then what stands on the command line itself goes before the picture's settings, and those go before all defaults.</param>
    public static TRequest Fill<TRequest>(TRequest request, GenerationOptions options, CommandContext context, bool repeats = false)
        where TRequest : GenerationRequest
    {
        var (start, end) = request.GuidanceInterval;
        return (TRequest)(request with
        {
            NegativePrompt = Value(options.NegativePrompt, request.NegativePrompt),
            Seed = Value(options.Seed, request.Seed),
            Steps = Value(options.Steps, request.Steps),
            Guidance = Value(options.Guidance, request.Guidance),
            GuidanceRescale = Value(options.GuidanceRescale, request.GuidanceRescale) ?? 0,
            GuidanceInterval = (Value(options.GuidanceStart, start) ?? 0, Value(options.GuidanceEnd, end) ?? 1),
            Width = Value(options.Width, request.Width),
            Height = Value(options.Height, request.Height),
            Upscale = Value(options.Upscale, request.Upscale),
            Sampler = Value(options.Sampler, request.Sampler),
            Schedule = Value(options.Schedule, request.Schedule),
            Eta = Value(options.Eta, request.Eta),
            ClipSkip = Value(options.ClipSkip, request.ClipSkip) ?? 0,
            Batch = context.Get(options.Batch),
            PromptSyntax = repeats && !context.IsGiven(options.PromptSyntax) ? request.PromptSyntax : PromptSyntax.Named(context.Get(options.PromptSyntax)),
            VariationSeed = Value(options.VariationSeed, request.VariationSeed),
            VariationStrength = Value(options.VariationStrength, request.VariationStrength) ?? 0,
        });

        T Value<T>(Option<T> option, T ofPicture) => repeats && !context.IsGiven(option) ? ofPicture : context.Get(option);
    }
}
