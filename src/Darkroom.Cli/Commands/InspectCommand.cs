using System.CommandLine;
using System.Globalization;
using Darkroom.Checkpoints;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom inspect: what a file or folder of weights is.</summary>
internal sealed class InspectCommand : CliCommand
{
    private readonly Argument<string> _path = CliArguments.Text("PATH",
        "A model (folder, .safetensors, .ckpt), a network, an adapter or an embedding.");
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
        Options.Add(_config);
        Options.Add(_width);
        Options.Add(_height);
        Options.Add(_dtype);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom inspect v1-5.safetensors", "what it is, and what a picture will take"),
        new("darkroom inspect style.pt --json", "the same of an embedding, for a script"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var inspection = CheckpointInspector.Inspect(context.Get(_path), new CheckpointOptions { ConfigFolder = context.Get(_config) },
            context.Get(_width), context.Get(_height), Precisions.Parse(context.Get(_dtype)).ToScalarType());
        context.Output.Result(inspection, text => Write(inspection, text));
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
