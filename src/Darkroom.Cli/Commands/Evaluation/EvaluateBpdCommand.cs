using System.CommandLine;
using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Evaluation.Likelihood;
using Darkroom.Pipelines;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate bpd: the likelihood of pictures under a model of pixels.</summary>
internal sealed class EvaluateBpdCommand : CliCommand
{
    private const string Bound = "bound";
    private const string Ode = "ode";

    private readonly CliOption<string?> _model = CliOptions.Path("--model", "FOLDER", "The model of pixels, as darkroom train pixel writes it.");
    private readonly CliOption<string?> _data = CliOptions.Path("--data", "FOLDER",
        "The pictures: a folder of picture files, or of the emoji pictures (with index.json).");
    private readonly CliOption<double?> _holdOut = CliOptions.OptionalNumber("--hold-out", "SHARE",
        "Measure only the pictures that a training with this share (and --seed, for picture files) keeps for evaluation. 0 measures all; the default is 0 for picture files and 0.05 for emoji.");
    private readonly CliOption<int> _pictures = CliOptions.Integer("--pictures", "N", "How many pictures, at most.", 128, 1, 1_000_000);
    private readonly CliOption<string> _method = CliOptions.Choice("--method",
        "bound: the variational bound of the discrete process; ode: along the probability-flow ODE, for any model.", Bound, Bound, Ode);
    private readonly CliOption<int?> _timesteps = CliOptions.OptionalInteger("--timesteps", "N", "Terms of the bound, evenly spaced among the model's timesteps; all of them if not given.");
    private readonly CliOption<int> _batch = CliOptions.Integer("--batch", "N", "Pictures that are computed together.", 16, 1, 4096);
    private readonly CliOption<int> _seed = CliOptions.Integer("--seed", "N", "Decides the noise and which picture files are held out.", 0, 0);
    private readonly CliOption<string?> _plot = CliOptions.Path("--plot", "FILE.png", "Also draw the terms of the bound over the timesteps.", configurable: false);
    private readonly CliOption<int?> _threads = SharedOptions.Threads();

    public EvaluateBpdCommand() : base("bpd",
        "Measure how likely pictures are under a model of pixels, in bits per dimension: the length of the shortest file that the model could make of them. Lower is better. " +
        "The bound is a little above the true value; the ODE's figure is of pictures with uniform noise in each 8-bit value.")
    {
        foreach (var option in new Option[] { _model, _data, _holdOut, _pictures, _method, _timesteps, _batch, _seed, _plot, _threads }) Options.Add(option);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate bpd --model runs/emoji/model --data data/emoji --plot terms.png", "the bound on held-out emoji, with its terms"),
        new("darkroom evaluate bpd --model runs/mine/model --data pictures --method ode --json", "the likelihood by the ODE, for a script"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        bool bound = context.Get(_method) == Bound;
        string? plot = context.Get(_plot);
        var missing = new List<Problem>();
        if (context.Get(_model) is null) missing.Add(new("It is not given.", "--model", "Name the folder of a model of pixels."));
        if (context.Get(_data) is null) missing.Add(new("It is not given.", "--data", "Name a folder of pictures."));
        if (plot is not null && !bound) missing.Add(new("Only the bound has terms to draw.", "--plot", "Leave it out, or use --method bound."));
        if (missing.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, missing);

        ComputeThreads.Use(context.Get(_threads));
        // Float32 throughout: the terms of small timesteps are differences that fewer bits do not hold.
        using var model = PixelDiffusion.Load(context.Get(_model)!, new LoadOptions { Precision = Precision.Float32 });
        var likelihood = new PixelLikelihood(model, new()
        {
            Method = bound ? LikelihoodMethod.Bound : LikelihoodMethod.Ode,
            Timesteps = context.Get(_timesteps),
            BatchSize = context.Get(_batch),
            Seed = context.Get(_seed),
        });
        var pictures = EvaluationPictures.Open(context.Get(_data)!, model.Edge, context.Get(_holdOut), context.Get(_seed), context.Get(_pictures));
        var report = context.Output.WithProgress("measuring", pictures.Count, "picture", progress => likelihood.Run(pictures, done => progress.Report(done), context.Cancellation));
        if (plot is not null) LikelihoodCurve.Write(plot, report);
        context.Output.Result(report, text => Write(report, text));
        return ExitCode.Success;
    }

    private static void Write(LikelihoodReport report, TextWriter text)
    {
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{report.BitsPerDimension:0.0000} +- {report.Interval95:0.0000} bits per dimension, {report.Pictures} pictures, {report.Evaluations} evaluations each"));
        if (report.Prior is { } prior)
            text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"of which L_0 {report.Decoder:0.0000}, prior {prior:0.000000}"));
    }
}
