using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Metrics;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate statistics: what the FID needs to know of a set, as a file.</summary>
internal sealed class EvaluateStatisticsCommand : CliCommand
{
    private readonly Argument<string> _pictures = CliArguments.Text("pictures", "Folder of pictures.");
    private readonly CliOption<string> _output = CliOptions.RequiredPath("--output", "FILE", "The .npz to write.");
    private readonly CliOption<bool> _overwrite = CliOptions.Flag("--overwrite", "Replace an existing file.", configurable: false);
    private readonly FeatureOptions _features;

    public EvaluateStatisticsCommand() : base("statistics",
        "Write mean and covariance of the features of a set of pictures to an .npz (mu and sigma), which pytorch-fid reads too, so that a set need be looked at only once.")
    {
        Arguments.Add(_pictures);
        Options.Add(_output);
        Options.Add(_overwrite);
        _features = new(this);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate statistics photos --output photos.npz --inception pt_inception-2015-12-05-6726825d.pth", "for later comparisons"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string output = context.Get(_output);
        var pictures = PictureSet.Open(context.Get(_pictures));
        using var extractor = _features.Open(context);
        var features = context.Output.WithProgress("measuring", pictures.Count, "picture",
            progress => pictures.Extract(extractor, report: done => progress.Report(done), cancellation: context.Cancellation));
        using (features.Features)
        using (features.Logits)
            FeatureStatistics.Of(features.Features).Save(output, context.Get(_overwrite));
        context.Output.Result(new Report(Path.GetFullPath(output), pictures.Count, extractor.Name),
            text => text.WriteLine($"Statistics of {pictures.Count} pictures by {extractor.Name} are in {output}."));
        return ExitCode.Success;
    }

    private sealed record Report(string File, int Pictures, string Network);
}
