using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Evaluation.Features;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>The options that say which network pictures are measured with.</summary>
internal sealed class FeatureOptions
{
    private readonly CliOption<string?> _inception = CliOptions.Path("--inception", "FILE",
        "Weights of the Inception-v3 of published figures, as pytorch-fid and torch-fidelity download them (.pth, or .safetensors with the same names). " +
        "Without it a small network of our own is asked, whose figures are comparable among themselves only.");
    private readonly CliOption<string> _resizing = CliOptions.Choice("--resizing",
        "Whose way of bringing pictures to 299 x 299 for Inception.", FeatureExtractors.Resizings[0], [.. FeatureExtractors.Resizings]);
    private readonly CliOption<string?> _judges = CliOptions.Path("--judges", "FOLDER",
        "The judges of scenes, in folders choosing and reporting, of which the first is asked; those that come with Darkroom if not given.");
    private readonly CliOption<string?> _classifier = CliOptions.Path("--classifier", "FOLDER",
        "In place of Inception: a classifier that train classifier made. Figures are then of its features, and compare only with figures of the same classifier.");

    public FeatureOptions(Command command)
    {
        command.Options.Add(_inception);
        command.Options.Add(_resizing);
        command.Options.Add(_classifier);
        command.Options.Add(_judges);
    }

    public IFeatureExtractor Open(CommandContext context) =>
        FeatureExtractors.Open(context.Get(_inception), context.Get(_resizing), context.Get(_classifier), context.Get(_judges));
}
