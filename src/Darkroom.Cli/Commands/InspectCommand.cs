using System.CommandLine;
using System.Globalization;
using Darkroom.Checkpoints;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Pipelines;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom inspect: what a file or folder of weights is.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly Argument<string?> _path = CliArguments.OptionalText("PATH",
        "A model (folder, .safetensors, .ckpt), a network, an adapter or an embedding; the embedded model if not given.");
    private readonly CliOption<string?> _model = CliOptions.Path("--model", "PATH", "The same as PATH, as the commands that make pictures name it.", configurable: false);
    private readonly CliOption<bool> _words = CliOptions.Flag("--words", "List the words that the model was trained on, and nothing else.", configurable: false);
    private readonly CliOption<string?> _config = CliOptions.Path("--config", "DIR",
        "Folder whose config.json files describe a single file of unusual shape.");
    private readonly CliOption<int?> _width = CliOptions.OptionalInteger("--width", "N",
        "Width in pixels for the memory estimate; the model's own if not given.", 8, 16384);
    private readonly CliOption<int?> _height = CliOptions.OptionalInteger("--height", "N",
        "Height in pixels for the memory estimate; the model's own if not given.", 8, 16384);
    private readonly CliOption<string> _dtype = CliOptions.Choice("--dtype", "Precision for the memory estimate.", "auto", [.. Precisions.Names]);

    public InspectCommand() : base("inspect",
        "Say what a checkpoint, adapter or embedding is: family, networks, parameters, dtypes, what it predicts, trained words, and the memory a picture will take. " +
        "Nothing in it is executed, and no weights are read.")
    {
        Arguments.Add(_path);
        Options.Add(_model);
        Options.Add(_words);
        Options.Add(_config);
        Options.Add(_width);
        Options.Add(_height);
        Options.Add(_dtype);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom inspect v1-5.safetensors", "what it is, and what a picture will take"),
        new("darkroom inspect style.pt --json", "the same of an embedding, for a script"),
        new("darkroom inspect --words", "what the embedded model can draw"),
        new("darkroom inspect --words --model runs/latent/model", "the words of a model of yours"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string path = PathOf(context);
        if (context.Get(_words)) return WriteWords(path, context);
        var inspection = CheckpointInspector.Inspect(path, new CheckpointOptions { ConfigFolder = context.Get(_config) },
            context.Get(_width), context.Get(_height), Precisions.Parse(context.Get(_dtype)).ToScalarType());
        context.Output.Result(inspection, text => Write(inspection, text));
        return ExitCode.Success;
    }

    private string PathOf(CommandContext context) => (context.Get(_path), context.Get(_model)) switch
    {
        ({ } path, null) => path,
        (null, { } model) => model,
        (null, null) => EmbeddedModel.Locate(),
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, "The model is named twice.", _model.Name, "Name it as PATH or with --model."),
    };

    private static ExitCode WriteWords(string path, CommandContext context)
    {
        using var checkpoint = Checkpoint.Open(path);
        var words = checkpoint.Words ?? throw new DarkroomException(ErrorKind.InvalidRequest, "The model does not say which words it was trained on.", path,
            $"Models that Darkroom trains have a {ModelWords.FileName}.");
        context.Output.Result(words.Groups.ToDictionary(g => g.Name, g => g.Words), text =>
        {
            foreach (var group in words.Groups) WordColumns.Write(text, group);
        });
        return ExitCode.Success;
    }

    private static void Write(Inspection found, TextWriter text)
    {
        Line("What", $"{found.Kind}{(found.Family == ModelFamily.Other ? "" : $", {found.Family}")}{(found.IsInpainting ? ", inpainting" : "")} ({found.Layout})");
        if (found.PredictionType is { } predicts) Line("Predicts", predicts);
        if (found.HasAveragedWeights) Line("Averages", "averaged weights (EMA) lie beside the usual ones");
        if (found.Algorithm is { } algorithm) Line("Adapter",
            $"{algorithm}{(found.Ranks.Count > 0 ? $" of rank {string.Join(", ", found.Ranks)}" : "")}");
        foreach (var network in found.Networks)
        {
            Line(network.Name, string.Create(CultureInfo.InvariantCulture,
                $"{network.Parameters / 1e6:0.0} M parameters in {network.Tensors} tensors, {network.Bytes / 1e6:0.0} MB, {string.Join(", ", network.Dtypes.Keys)}"));
        }
        if (found.TrainedWords.Count > 0)
            Line("Words", string.Join(", ",
                found.TrainedWords.Select(w => w.Vectors is { } vectors ? $"{w.Word} ({vectors} vectors of width {w.Width})" : w.Word)));
        if (found.Memory is { } memory)
            Line("Memory", string.Create(CultureInfo.InvariantCulture,
                $"about {memory.PeakBytes / 1e9:0.0} GB for a picture of {memory.Width}x{memory.Height} in {memory.Precision}"));
        foreach (var (key, value) in found.Metadata) Line(key, value.Length <= 200 ? value : $"{value[..200]}...");

        void Line(string label, string value) => text.WriteLine($"{label,-14} {value}");
    }
}
