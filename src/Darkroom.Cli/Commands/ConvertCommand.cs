using System.CommandLine;
using Darkroom.Checkpoints;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Runtime;
using Darkroom.Text;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom convert: a checkpoint in another layout or dtype.</summary>
internal sealed class ConvertCommand : CliCommand
{
    private const string Keep = "keep";

    private readonly Argument<string> _input = CliArguments.Text("INPUT", "The model: a folder, a .safetensors or a .ckpt file.");
    private readonly Argument<string> _output = CliArguments.Text("OUTPUT",
        "A name that ends in .safetensors for a single file, any other for a folder.");
    private readonly CliOption<string> _dtype = CliOptions.Choice("--dtype", "Dtype of the weights to write.", Keep, Keep, "f32", "f16", "bf16");
    private readonly CliOption<string?> _config = CliOptions.Path("--config", "DIR",
        "Folder whose config.json files describe a single file of unusual shape.");
    private readonly CliOption<string?> _variant = CliOptions.Text("--variant", "NAME", "Variant of a folder's files to prefer, such as fp16.");
    private readonly CliOption<bool> _averaged = CliOptions.Flag("--ema",
        "Take the averaged weights (EMA) of a training checkpoint; for a folder as output.");
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
        Options.Add(_overwrite);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom convert model.ckpt model.safetensors --dtype f16", "a pickle becomes a safe file of half the size"),
        new("darkroom convert model.safetensors model-folder", "a single file becomes a diffusers folder"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string output = context.Get(_output);
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
                Dtype = context.Get(_dtype) == Keep ? null : Precisions.Parse(context.Get(_dtype)).ToScalarType(),
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

    /// <summary>OpenCLIP's text encoders pad with 0, OpenAI's with the end token.</summary>
    private static ClipTokenizer TokenizerOf(Checkpoint checkpoint, string name) =>
        name == "tokenizer_2" || checkpoint.Family == ModelFamily.StableDiffusion2
            ? new ClipTokenizer(BpeVocabulary.Clip, paddingId: 0) : ClipTokenizer.Clip;

    private sealed record Report(string Path, string Layout);
}
