using System.CommandLine;
using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Evaluation.Metrics;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate fid: distances between two sets of pictures.</summary>
internal sealed class EvaluateFidCommand : CliCommand
{
    private readonly Argument<string> _real = CliArguments.Text("real", "Statistics of the real pictures (.npz with mu and sigma, as pytorch-fid writes it).");
    private readonly Argument<string> _generated = CliArguments.Text("generated", "Statistics of the generated pictures.");

    public EvaluateFidCommand() : base("fid", "Measure how far a set of generated pictures is from a set of real ones, by the statistics of their features.")
    {
        Arguments.Add(_real);
        Arguments.Add(_generated);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate fid real.npz generated.npz", "the Frechet distance between statistics files"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        double fid = FrechetDistance.Between(FeatureStatistics.Load(context.Get(_real)), FeatureStatistics.Load(context.Get(_generated)));
        context.Output.Result(new Report(fid), text => text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"FID {fid:0.0000}")));
        return ExitCode.Success;
    }

    private sealed record Report(double Fid);
}
