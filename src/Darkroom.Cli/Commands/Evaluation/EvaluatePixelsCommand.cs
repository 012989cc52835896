using System.CommandLine;
using System.Globalization;
using Darkroom.Cli.Commands.Generation;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Evaluation.Features;
using Darkroom.Evaluation.Likelihood;
using Darkroom.Evaluation.Pixels;
using Darkroom.Imaging;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate pixels: how good the pictures of a model of pixels are, over samplers, steps and scales of guidance.</summary>
internal sealed class EvaluatePixelsCommand : CliCommand
{
    private const int SheetColumns = 10;

    private readonly CliOption<string?> _model = CliOptions.Path("--model", "FOLDER", "The model of pixels, as darkroom train pixel writes it.");
    private readonly CliOption<string?> _judge = CliOptions.Path("--judge", "FOLDER",
        "The classifier that measures, of darkroom train classifier; another one than the one that guides, which would praise itself. If not given, the judge of scenes that comes " +
        "with Darkroom, which knows nothing of the model's classes.");
    private readonly CliOption<string?> _data = CliOptions.Path("--data", "FOLDER", "The real pictures: a folder of picture files, or of the emoji pictures (with index.json).");
    private readonly CliOption<double?> _holdOut = CliOptions.OptionalNumber("--hold-out", "SHARE", "Compare only with the pictures that a training with this share keeps for evaluation; 0, all, if not given.");
    private readonly CliOption<int> _pictures = CliOptions.Integer("--pictures", "N", "How many pictures to draw for each row.", 200, PixelEvaluation.FewestPictures, 1_000_000);
    private readonly CliOption<string?> _samplers = CliOptions.Text("--sampler", "NAMES", "Samplers, with commas between; the model's own if not given.");
    private readonly CliOption<string?> _steps = CliOptions.Text("--steps", "NUMBERS", "Sampling steps.", "50");
    private readonly CliOption<string?> _guidance = CliOptions.Text("--guidance", "SCALES", "Scales of classifier-free guidance; 1 is off.", "1");
    private readonly CliOption<string?> _classifier = CliOptions.Path("--classifier", "FOLDER", "A classifier of noised pictures to guide with.");
    private readonly CliOption<string?> _classifierScale = CliOptions.Text("--classifier-scale", "SCALES", "How strongly it guides; 0 is off.", "0");
    private readonly CliOption<int> _seed = CliOptions.Integer("--seed", "N", "Seed of the first picture of every row.", 0, 0);
    private readonly CliOption<int> _batch = CliOptions.Integer("--batch", "N", "Pictures that are computed together.", 20, 1, 4096);
    private readonly CliOption<string?> _sheet = CliOptions.Path("--sheet", "FILE.png", "Also write the first ten pictures of each row, a row for each.", configurable: false);
    private readonly CliOption<string?> _plot = CliOptions.Path("--plot", "FILE.png", "Also draw the measures over the numbers that change.", configurable: false);
    private readonly CliOption<int?> _threads = SharedOptions.Threads();

    public EvaluatePixelsCommand() : base("pixels",
        "Measure the pictures that a model of pixels draws: whether a judge names the classes that were asked for, how far the pictures are from real ones (KID), and how " +
        "much they are like them (precision) and cover them (recall). Where an option has several values with commas between, every combination is measured and makes a row.")
    {
        foreach (var option in new Option[] { _model, _judge, _data, _holdOut, _pictures, _samplers, _steps, _guidance, _classifier, _classifierScale, _seed, _batch, _sheet, _plot, _threads })
            Options.Add(option);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate pixels --model runs/emoji/model --data data/emoji --sampler ddim,ddpm --steps 10,20,50 --plot steps.png", "DDIM and DDPM at equal steps"),
        new("darkroom evaluate pixels --model runs/emoji/model --judge runs/judge/model --data data/emoji --guidance 0,1,2,4 --sheet guidance.png", "what guidance does"),
        new("darkroom evaluate pixels --model runs/emoji/model --judge runs/judge/model --data data/emoji --classifier runs/classifier/model --guidance 0 --classifier-scale 0,1,4", "classifier guidance of the model without classes"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var (samplers, steps, guidance, scales) = Lists(context);
        ComputeThreads.Use(context.Get(_threads));
        using var model = PixelDiffusion.Load(context.Get(_model)!);
        using var judge = FeatureExtractors.Open(inception: null, FeatureExtractors.Resizings[0], context.Get(_judge), judges: null);
        using var guide = context.Get(_classifier) is { } folder ? PixelClassifier.Load(folder) : null;
        var real = EvaluationPictures.Open(context.Get(_data)!, model.Edge, context.Get(_holdOut) ?? 0, seed: 0, int.MaxValue);
        var requests = (from sampler in samplers.DefaultIfEmpty(model.OwnSampler)
                        from step in steps
                        from scale in guidance
                        from pull in scales
                        select new PixelRequest
                        {
                            Count = context.Get(_pictures),
                            Seed = context.Get(_seed),
                            Classes = [.. Enumerable.Range(0, model.Classes.Count)],
                            Sampler = sampler,
                            Steps = (int)step,
                            Guidance = scale,
                            ClassifierScale = pull,
                            BatchSize = context.Get(_batch),
                        }).ToList();
        foreach (var request in requests) PixelRequestRules.Check(model, request, guide);

        using var evaluation = new PixelEvaluation(model, judge, guide, real);
        var rows = new List<PixelMeasurement>();
        foreach (var request in requests)
        {
            rows.Add(context.Output.WithProgress(NameOf(request), 1, "step", progress =>
                evaluation.Measure(request, SheetColumns, new StepProgress(progress), context.Cancellation)));
        }
        if (context.Get(_sheet) is { } sheet) PictureGrid.Of([.. rows.SelectMany(row => row.Examples)], rows[0].Examples.Count).Save(sheet, null, overwrite: true);
        if (context.Get(_plot) is { } plot) Draw(plot, rows, steps.Count, guidance.Count, scales.Count);
        context.Output.Result(new Report(judge.Name, real.Count, [.. rows.Select(Row.Of)]), text => Write(rows, text));
        return ExitCode.Success;
    }

    private (IReadOnlyList<string> Samplers, IReadOnlyList<double> Steps, IReadOnlyList<double> Guidance, IReadOnlyList<double> Scales) Lists(CommandContext context)
    {
        var problems = new List<Problem>();
        if (context.Get(_model) is null) problems.Add(new("It is not given.", "--model", "Name the folder of a model of pixels."));
        if (context.Get(_data) is null) problems.Add(new("It is not given.", "--data", "Name a folder of pictures."));
        var samplers = Split(context.Get(_samplers) ?? "");
        var steps = Numbers(context.Get(_steps), "--steps", problems);
        foreach (double wrong in steps.Where(n => n < 1 || n > int.MaxValue || n != Math.Floor(n))) problems.Add(new($"{wrong} is no number of steps.", "--steps"));
        var guidance = Numbers(context.Get(_guidance), "--guidance", problems);
        var scales = Numbers(context.Get(_classifierScale), "--classifier-scale", problems);
        return problems.Count == 0 ? (samplers, steps, guidance, scales) : throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private static List<double> Numbers(string? list, string where, List<Problem> problems)
    {
        var numbers = new List<double>();
        foreach (string part in Split(list ?? ""))
        {
            if (double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)) numbers.Add(number);
            else problems.Add(new($"\"{part}\" is not a number.", where, "Write numbers with commas between, such as 1,2,4."));
        }
        if (numbers.Count == 0 && problems.Count == 0) problems.Add(new("No number is given.", where, "Write numbers with commas between, such as 1,2,4."));
        return numbers;
    }

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Over the numbers that change; where several do, over the scales before the steps.</summary>
    private static void Draw(string path, IReadOnlyList<PixelMeasurement> rows, int steps, int guidance, int scales)
    {
        if (scales > 1) PixelSweepPlot.Write(path, rows, "classifier scale", row => row.Request.ClassifierScale, row => Series(row, r => r with { ClassifierScale = 0 }));
        else if (guidance > 1) PixelSweepPlot.Write(path, rows, "guidance", row => row.Request.Guidance, row => Series(row, r => r with { Guidance = 0 }));
        else PixelSweepPlot.Write(path, rows, "steps", row => row.Request.Steps, row => Series(row, r => r with { Steps = 0 }));

        string Series(PixelMeasurement row, Func<PixelRequest, PixelRequest> without) =>
            rows.Select(r => NameOf(without(r.Request))).Distinct().Count() > 1 ? NameOf(without(row.Request)) : "";
    }

    private static string NameOf(PixelRequest request) => string.Create(CultureInfo.InvariantCulture,
        $"{request.Sampler}{(request.Steps > 0 ? $", {request.Steps} steps" : "")}{(request.Guidance is 0 or 1 ? "" : $", guidance {request.Guidance}")}" +
        $"{(request.ClassifierScale > 0 ? $", classifier {request.ClassifierScale}" : "")}");

    private static void Write(IReadOnlyList<PixelMeasurement> rows, TextWriter text)
    {
        text.WriteLine("sampler      steps guidance classifier  named right (95 %)      KID               precision recall  s/picture");
        foreach (var row in rows)
        {
            var request = row.Request;
            string right = row.Accuracy is { } found ? string.Create(CultureInfo.InvariantCulture, $"{found.Value:0.000} ({found.Low:0.000}-{found.High:0.000})") : "-";
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{request.Sampler,-12} {request.Steps,5} {request.Guidance,8} {request.ClassifierScale,10}  {right,-22} {row.Kid.Mean,8:0.0000} +- {row.Kid.StandardDeviation:0.0000} {row.PrecisionRecall.Precision,9:0.000} {row.PrecisionRecall.Recall,6:0.000} {row.SecondsPerPicture,10:0.00}"));
        }
    }

    private sealed record Report(string Judge, int RealPictures, IReadOnlyList<Row> Rows);

    private sealed record Row(
        string Sampler, int Steps, double Guidance, double ClassifierScale, int Pictures, long Seed, double? Accuracy, double?[]? AccuracyInterval, double Kid,
        double KidDeviation, double Precision, double Recall, double SecondsPerPicture)
    {
        public static Row Of(PixelMeasurement row) => new(row.Request.Sampler, row.Request.Steps, row.Request.Guidance, row.Request.ClassifierScale, row.Request.Count,
            row.Request.Seed, row.Accuracy?.Value, row.Accuracy is { } found ? [found.Low, found.High] : null, row.Kid.Mean, row.Kid.StandardDeviation,
            row.PrecisionRecall.Precision, row.PrecisionRecall.Recall, row.SecondsPerPicture);
    }
}
