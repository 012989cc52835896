using System.CommandLine;
using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Evaluation;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate fid: distances between two sets of pictures.</summary>
internal sealed class EvaluateFidCommand : CliCommand
{
    private readonly Argument<string> _real = CliArguments.Text("real", "Folder of real pictures, or their statistics (.npz with mu and sigma).");
    private readonly Argument<string> _generated = CliArguments.Text("generated", "Folder of generated pictures, or their statistics.");
    private readonly CliOption<string?> _metrics = CliOptions.Text("--metrics", "NAMES",
        "What to measure, with commas between: fid (Frechet distance), kid (kernel distance), pr (precision and recall), is (Inception score).", "fid");
    private readonly FeatureOptions _features;

    public EvaluateFidCommand() : base("fid",
        "Measure how far a set of generated pictures is from a set of real ones, by the features that a network finds in them. " +
        "Figures depend on the network, on the number of pictures (fid above all) and on how they were resized: compare only what agrees in these.")
    {
        Arguments.Add(_real);
        Arguments.Add(_generated);
        Options.Add(_metrics);
        _features = new(this);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate fid photos generated --inception pt_inception-2015-12-05-6726825d.pth", "the FID as pytorch-fid computes it"),
        new("darkroom evaluate fid photos generated --metrics fid,kid,pr,is --json --inception pt_inception-2015-12-05-6726825d.pth", "all measures, for a script"),
        new("darkroom evaluate fid cifar10.npz generated.npz", "from statistics files; needs no network"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var comparison = new SetComparison(context.Get(_real), context.Get(_generated), SetMeasures.Parse(context.Get(_metrics) ?? "", "--metrics"));
        using var extractor = comparison.NeedsNetwork ? _features.Open(context) : null;
        var result = extractor is null ? comparison.Run(null) : context.Output.WithProgress("measuring", 1, "picture", progress => comparison.Run(extractor, (done, total) =>
        {
            progress.Expect(total);
            progress.Report(done);
        }, context.Cancellation));
        context.Output.Result(result, text => Write(result, text));
        return ExitCode.Success;
    }

    private static void Write(SetComparisonResult result, TextWriter text)
    {
        if (result.Network is { } network) Line("Network", network);
        if (result.RealPictures is { } real) Line("Real", $"{real} pictures");
        if (result.GeneratedPictures is { } generated) Line("Generated", $"{generated} pictures");
        if (result.Fid is { } fid) Line("FID", Number(fid));
        if (result.Kid is { } kid) Line("KID", $"{Number(kid.Mean)} +- {Number(kid.StandardDeviation)} over {kid.Subsets} subsets of {kid.SubsetSize}");
        if (result.PrecisionRecall is { } pair) Line("Precision", $"{Number(pair.Precision)}, recall {Number(pair.Recall)}");
        if (result.InceptionScore is { } score) Line("Score", $"{Number(score.Mean)} +- {Number(score.StandardDeviation)} over {score.Splits} parts (Inception score)");

        void Line(string label, string value) => text.WriteLine($"{label,-10} {value}");
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
