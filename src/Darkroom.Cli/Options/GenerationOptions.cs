using System.CommandLine;
using Darkroom.Runtime;

namespace Darkroom.Cli.Options;

/// <summary>The options that txt2img, img2img and inpaint share. Their names are fixed: scripts depend on them.</summary>
/// <remarks>Ranges are checked by the library, which knows the model; a value that is not given is left to the model's own default.</remarks>
internal sealed class GenerationOptions
{
    public CliOption<string?> Model { get; } = CliOptions.Path("--model", "PATH", "The checkpoint: a diffusers folder, a single file (.safetensors) or a .ckpt; the embedded model if not given.");

    public CliOption<string?> Config { get; } = CliOptions.Path("--config", "DIR", "A diffusers folder whose configurations a single file of unusual shape is read with.");

    public CliOption<string?> Vae { get; } = CliOptions.Path("--vae", "PATH", "Another autoencoder than the checkpoint's: a folder or a file.");

    public CliOption<string?> SchedulerConfig { get; } = CliOptions.Path("--scheduler-config", "FILE", "A scheduler_config.json in place of the checkpoint's.");

    public CliOption<string> Dtype { get; } = CliOptions.Choice("--dtype",
        "Number format; auto is bf16 where the processor is fast at it, else f32.", Precision.Auto.Name(), [.. Precisions.Names]);

    public CliOption<int?> Threads { get; } = SharedOptions.Threads();

    public CliOption<string?> NegativePrompt { get; } = CliOptions.Text("--negative-prompt", "TEXT", "What the picture should not show.");

    public CliOption<string> PromptSyntax { get; } = CliOptions.Choice("--prompt-syntax",
        "How prompts are read: a1111 knows (weights:1.3), BREAK and long prompts; plain takes every character as it is and cuts at 77 tokens.", "a1111", "a1111", "plain");

    public CliOption<int?> ClipSkip { get; } = CliOptions.OptionalInteger("--clip-skip", "N", "How many of the text encoder's last layers to leave out (diffusers' counting).");

    public CliOption<long?> Seed { get; } = CliOptions.Seed("--seed", "Where the noise starts; picture k of a batch has seed + k.");

    public CliOption<int?> Width { get; } = CliOptions.OptionalInteger("--width", "PIXELS", "Width, a multiple of 8; the model's own if not given.");

    public CliOption<int?> Height { get; } = CliOptions.OptionalInteger("--height", "PIXELS", "Height, a multiple of 8; the model's own if not given.");

    public CliOption<double?> Upscale { get; } = CliOptions.OptionalNumber("--upscale", "X",
        "Make the finished picture X times larger (1 to 16, Lanczos); the model's own factor if no size is given, else 1.");

    public CliOption<int> Batch { get; } = CliOptions.Integer("--batch", "N", "How many pictures to make.", 1);

    public CliOption<long?> VariationSeed { get; } = CliOptions.Seed("--variation-seed", "A second seed, towards which the noise is turned by --variation-strength.");

    public CliOption<double?> VariationStrength { get; } = CliOptions.OptionalNumber("--variation-strength", "X", "0 keeps the seed's noise, 1 is that of --variation-seed.");

    public CliOption<string?> Sampler { get; } = CliOptions.Text("--sampler", "NAME", "Such as euler_a, dpmpp_2m or \"DPM++ 2M Karras\"; the model's own if not given.");

    public CliOption<string?> Schedule { get; } = CliOptions.Text("--schedule", "NAME", "Noise levels, such as karras or exponential; the sampler's own if not given.");

    public CliOption<int?> Steps { get; } = CliOptions.OptionalInteger("--steps", "N", "Sampling steps; the model's own number if not given.");

    public CliOption<double?> Guidance { get; } = CliOptions.OptionalNumber("--guidance", "SCALE", "How closely to follow the prompt; 1 is off and takes half the time.");

    public CliOption<double?> GuidanceRescale { get; } = CliOptions.OptionalNumber("--guidance-rescale", "X", "From 0 (off) to 1: against the glare of strong guidance.");

    public CliOption<double?> GuidanceStart { get; } = CliOptions.OptionalNumber("--guidance-start", "X", "The part of the steps, from 0 to 1, at which guidance begins.");

    public CliOption<double?> GuidanceEnd { get; } = CliOptions.OptionalNumber("--guidance-end", "X", "The part of the steps, from 0 to 1, at which guidance ends.");

    public CliOption<double?> Eta { get; } = CliOptions.OptionalNumber("--eta", "X", "How much noise a sampler such as DDIM adds in each step.");

    public CliOption<string?> Output { get; } = Named(CliOptions.Path("--output", "FILE",
        "Where to write, as .png, .jpg or .webp; a batch becomes FILE-0.png, FILE-1.png, ... Named after the prompt if not given, or if this is a folder.", configurable: false), "-o");

    public CliOption<bool> Overwrite { get; } = CliOptions.Flag("--overwrite", "Replace files that exist.");

    public CliOption<string?> SaveLatents { get; } = CliOptions.Path("--save-latents", "FILE",
        "Also write what the decoder was given (.safetensors, key latents, f32, [B,4,h,w]).", configurable: false);

    /// <summary>Adds them all to a command, under headings.</summary>
    public void AddTo(Command command)
    {
        Section(command, "Model", Model, Config, Vae, SchedulerConfig, Dtype, Threads);
        Section(command, "Picture", NegativePrompt, PromptSyntax, ClipSkip, Seed, Width, Height, Upscale, Batch, VariationSeed, VariationStrength);
        Section(command, "Sampling", Sampler, Schedule, Steps, Guidance, GuidanceRescale, GuidanceStart, GuidanceEnd, Eta);
        Section(command, "Output", Output, Overwrite, SaveLatents);
    }

    private static void Section(Command command, string title, params Option[] options)
    {
        foreach (var option in options)
        {
            ((ICliOption)option).Section = title;
            command.Options.Add(option);
        }
    }

    private static CliOption<string?> Named(CliOption<string?> option, string alias)
    {
        option.Aliases.Add(alias);
        return option;
    }
}
