using System.CommandLine;
using Darkroom.Checkpoints;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Runtime;
using Darkroom.Text;
using static TorchSharp.torch;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom convert: a checkpoint in another layout or dtype.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private const string Keep = "keep";

    private static readonly Dictionary<string, OpenAiScript> Scripts = new(StringComparer.Ordinal)
    {
        ["guided"] = OpenAiScript.GuidedDiffusion,
        ["improved"] = OpenAiScript.ImprovedDiffusion,
        ["classifier"] = OpenAiScript.Classifier,
    };

    private readonly Argument<string> _input = CliArguments.Text("INPUT", "The model: a folder, a .safetensors or a .ckpt file.");
    private readonly Argument<string> _output = CliArguments.Text("OUTPUT",
        "A name that ends in .safetensors for a single file, any other for a folder.");
    private readonly CliOption<string> _dtype = CliOptions.Choice("--dtype", "Dtype of the weights to write.", Keep, Keep, "f32", "f16", "bf16");
    private readonly CliOption<string?> _config = CliOptions.Path("--config", "DIR",
        "Folder whose config.json files describe a single file of unusual shape.");
    private readonly CliOption<string?> _variant = CliOptions.Text("--variant", "NAME", "Variant of a folder's files to prefer, such as fp16.");
    private readonly CliOption<bool> _averaged = CliOptions.Flag("--ema",
        "Take the averaged weights (EMA) of a training checkpoint; for a folder as output.");
    private readonly CliOption<string?> _openAi = CliOptions.OptionalChoice("--openai", "SCRIPT",
        "The input is a state_dict of OpenAI's papers: of openai/guided-diffusion (guided, classifier) or openai/improved-diffusion (improved). It becomes a folder for sample and evaluate.",
        [.. Scripts.Keys]);
    private readonly CliOption<string?> _flags = CliOptions.Text("--flags", "FLAGS",
        "With --openai: MODEL_FLAGS and DIFFUSION_FLAGS (or CLASSIFIER_FLAGS) from the repository's README, in one pair of quotes; the script's defaults if not given.");
    private readonly CliOption<bool> _overwrite = CliOptions.Flag("--overwrite", "Replace the output file if it exists.", configurable: false);

    public ConvertCommand() : base("convert",
        "Write a checkpoint in another layout or dtype: single file to folder and back, .ckpt to safetensors. Tensors pass through one at a time, and the output appears whole or not at all.")
    {
        Arguments.Add(_input);
        Arguments.Add(_output);
        Options.Add(_dtype);
        Options.Add(_config);
        Options.Add(_variant);
        Options.Add(_averaged);
        Options.Add(_openAi);
        Options.Add(_flags);
        Options.Add(_overwrite);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom convert model.ckpt model.safetensors --dtype f16", "a pickle becomes a safe file of half the size"),
        new("darkroom convert model.safetensors model-folder", "a single file becomes a diffusers folder"),
        new("darkroom convert 64x64_diffusion.pt adm-64 --openai guided --flags \"--attention_resolutions 32,16,8 --class_cond True --image_size 64 --learn_sigma True --num_channels 192 " +
            "--num_head_channels 64 --num_res_blocks 3 --resblock_updown True --use_new_attention_order True --use_scale_shift_norm True --noise_schedule cosine\"",
            "a model of openai/guided-diffusion, with the flags of its README"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string output = context.Get(_output);
        var dtype = context.Get(_dtype) == Keep ? (ScalarType?)null : Precisions.Parse(context.Get(_dtype)).ToScalarType();
        if (context.Get(_openAi) is { } script) return ConvertOpenAi(context, Scripts[script], dtype);
        if (context.Get(_flags) is not null) throw new DarkroomException(ErrorKind.InvalidRequest, "Flags describe a checkpoint of OpenAI.", "--flags", "Say with --openai whose they are.");
        using var checkpoint = Checkpoint.Open(context.Get(_input), new CheckpointOptions
        {
            ConfigFolder = context.Get(_config),
            Variant = context.Get(_variant),
            UseAveragedWeights = context.Get(_averaged),
        });
        bool file = CheckpointConverter.IsSingleFileName(output);
        context.Output.WithProgress("converting", checkpoint.Components.Values.Sum(c => c.Bytes), "B", progress =>
        {
            var options = new ConversionOptions
            {
                Dtype = dtype,
                Overwrite = context.Get(_overwrite),
                WriteTokenizer = (name, folder) => ClipTokenizerFolder.Save(TokenizerOf(checkpoint, name), folder),
                Progress = progress,
                Cancellation = context.Cancellation,
            };
            if (file) CheckpointConverter.ToSingleFile(checkpoint, output, options);
            else CheckpointConverter.ToFolder(checkpoint, output, options);
            return true;
        });
        context.Output.Result(new Report(Path.GetFullPath(output), file ? "single file" : "diffusers folder"), text =>
            text.WriteLine($"Wrote {output}"));
        return ExitCode.Success;
    }

    private ExitCode ConvertOpenAi(CommandContext context, OpenAiScript script, ScalarType? dtype)
    {
        string input = context.Get(_input), output = context.Get(_output);
        if (CheckpointConverter.IsSingleFileName(output))
            throw new DarkroomException(ErrorKind.InvalidRequest, "A checkpoint of OpenAI becomes a folder.", output, "Choose a name without .safetensors.");
        using var weights = CheckpointFormat.OpenTensors(input);
        OpenAiConversion.ToFolder(weights, context.Get(_flags) ?? "", script, output, dtype);
        context.Output.Result(new Report(Path.GetFullPath(output), script == OpenAiScript.Classifier ? "classifier folder" : "diffusers folder"), text => text.WriteLine($"Wrote {output}"));
        return ExitCode.Success;
    }

    /// <summary>OpenCLIP's text encoders pad with 0, OpenAI's with the end token.</summary>
    private static ClipTokenizer TokenizerOf(Checkpoint checkpoint, string name) =>
        name == "tokenizer_2" || checkpoint.Family == ModelFamily.StableDiffusion2
            ? new ClipTokenizer(BpeVocabulary.Clip, paddingId: 0) : ClipTokenizer.Clip;

    private sealed record Report(string Path, string Layout);
}
