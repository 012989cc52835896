using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Evaluation.Scenes;
using Darkroom.Pipelines;
using Darkroom.Runtime;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate scenes: how well a text-to-image model draws what composed scenes show.</summary>
internal sealed class EvaluateScenesCommand : CliCommand
{
    private const string Choosing = "choosing";
    private const string Reporting = "reporting";

    private readonly CliOption<string?> _model = CliOptions.Path("--model", "PATH", "The model: a diffusers folder or a single file; the embedded model if not given.");
    private readonly CliOption<string?> _judges = CliOptions.Path("--judges", "FOLDER", "The judges, in folders choosing and reporting; those that come with Darkroom if not given.");
    private readonly CliOption<string> _judge = CliOptions.Choice("--judge",
        "Who judges. To compare checkpoints or settings, ask \"choosing\"; \"reporting\" is for a finished model alone, so that its word stays independent.",
        Reporting, Choosing, Reporting);
    private readonly CliOption<string?> _data = CliOptions.Path("--data", "FOLDER", "The emoji pictures that scenes are composed of; those that come with Darkroom if not given.");
    private readonly CliOption<int> _prompts = CliOptions.Integer("--prompts", "N", "How many prompts; fewer are the first of more.", 500, 1, 100_000);
    private readonly CliOption<int> _seed = CliOptions.Integer("--seed", "N", "Decides the prompts and the noise.", 0, 0);
    private readonly CliOption<int?> _steps = CliOptions.OptionalInteger("--steps", "N", "Sampling steps; the model's own number if not given.");
    private readonly CliOption<double?> _guidance = CliOptions.OptionalNumber("--guidance", "SCALE", "Guidance; the model's own if not given.");
    private readonly CliOption<string?> _sampler = CliOptions.Text("--sampler", "NAME", "Sampler; the model's own if not given.");
    private readonly CliOption<string> _dtype = CliOptions.Choice("--dtype", "Number format of the model.", Precision.Auto.Name(), [.. Precisions.Names]);
    private readonly CliOption<int?> _threads = SharedOptions.Threads();
    private readonly CliOption<string?> _sheet = CliOptions.Path("--sheet", "FILE.png", "Also write all pictures on one sheet, in the order of the prompts.", configurable: false);

    public EvaluateScenesCommand() : base("scenes",
        "Measure a text-to-image model on composed scenes: fixed prompts with fixed seeds, judged by a network that was trained on rendered scenes. " +
        "Every figure has a 95 % interval, and beside it what the judge makes of perfect pictures.")
    {
        foreach (var option in new Option[] { _model, _judges, _judge, _data, _prompts, _seed, _steps, _guidance, _sampler, _dtype, _threads, _sheet })
            Options.Add(option);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate scenes", "the quality of the embedded model"),
        new("darkroom evaluate scenes --model runs/latent/model --judge choosing --guidance 2", "compare settings, with the judge for that"),
        new("darkroom evaluate scenes --model runs/latent/model --sheet sheet.png --json", "for a script, with all pictures to look at"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string path = context.Get(_model) ?? EmbeddedModel.Locate();
        ComputeThreads.Use(context.Get(_threads));
        var settings = new SceneEvaluationSettings
        {
            Prompts = context.Get(_prompts),
            Seed = context.Get(_seed),
            Steps = context.Get(_steps),
            Guidance = context.Get(_guidance),
            Sampler = context.Get(_sampler),
        };
        var (judge, role) = SceneJudgeFolder.Load(Path.Combine(Folder(context.Get(_judges), "models/scene-judges", "README.md", "--judges"), context.Get(_judge)));
        using var owned = judge;
        var examiner = new SceneExaminer(judge, new ScenePainter(Folder(context.Get(_data), "data/emoji", "index.json", "--data")));
        using var model = StableDiffusion.Load(path, new LoadOptions { Precision = Precisions.Parse(context.Get(_dtype)) });
        using var evaluation = new SceneEvaluation(model, examiner, settings);
        var report = context.Output.WithProgress("drawing", settings.Prompts, "picture", progress => evaluation.Run(progress, context.Cancellation));
        if (context.Get(_sheet) is { } sheet) evaluation.DrawSheet().Save(sheet, overwrite: true);
        var output = new SceneReportOutput(report, settings, model.Name, model.Precision.Name(), role);
        context.Output.Result(output.Document(), output.Write);
        return ExitCode.Success;
    }

    private static string Folder(string? given, string place, string file, string option) => given ?? ShippedFolder.Find(place, file)
        ?? throw new DarkroomException(ErrorKind.NotFound, $"The folder {place} of Darkroom is not here.", AppContext.BaseDirectory, $"Name it with {option}.");
}
