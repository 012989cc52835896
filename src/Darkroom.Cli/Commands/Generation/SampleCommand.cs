using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Imaging;
using Darkroom.Pipelines;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>darkroom sample: pictures that a model makes by itself.</summary>
internal sealed class SampleCommand : CliCommand
{
    private readonly Argument<string?> _prompt = CliArguments.OptionalText("PROMPT", "The words, which act without guidance; none if not given.");

    private readonly GenerationOptions _shared = new();

    private readonly CliOption<int> _count = CliOptions.Integer("--count", "N", "How many pictures.", 16, 1, 10_000);

    private readonly CliListOption _classes = CliOptions.Texts("--class", "NAME", "A class, for a model that has them; given several times, the pictures take turns.");

    private readonly CliOption<double> _guidance = CliOptions.Number("--guidance", "SCALE", "Guidance towards the words or the class; 1 is off.", 1);

    private readonly CliOption<string?> _classifier = CliOptions.Path("--classifier", "FOLDER",
        "Of a model of pixels: a classifier of noised pictures to guide with (train classifier).");

    private readonly CliOption<double?> _classifierScale = CliOptions.OptionalNumber("--classifier-scale", "SCALE", "How strongly the classifier guides; 1 if not given.");

    private readonly CliOption<string?> _respacing = CliOptions.Text("--respacing", "TEXT",
        "Of a model of pixels, for ddpm and ddim: the timesteps in place of --steps: 250, 10,15,20 (sections) or ddim50 (integer stride).");

    private readonly CliOption<string?> _cascade = CliOptions.Path("--cascade", "FOLDER", "Of a model of pixels: a super-resolution model that makes its pictures larger.");

    private readonly CliOption<int?> _cascadeNoise = CliOptions.OptionalInteger("--cascade-noise", "T",
        "Timestep that the small pictures are noised to before they are made larger; 100 if not given.");

    private readonly CliOption<int> _columns = CliOptions.Integer("--columns", "N", "Pictures in a row of the sheet.", 8, 1, 1000);

    private readonly CliOption<bool> _separate = CliOptions.Flag("--separate", "Write every picture into a file of its own, FILE-0.png, FILE-1.png, ..., instead of a sheet.");

    public SampleCommand() : base("sample",
        "Draw pictures that a model makes by itself, without words and without guidance unless you ask for them: what a training has learned so far. " +
        "Models of text and models of pixels, with classes or without; txt2img's pictures are clearer because guidance sharpens them.")
    {
        Arguments.Add(_prompt);
        foreach (var option in (Option[])[_shared.Model, _shared.Dtype, _shared.Threads, _count, _classes, _guidance, _shared.Seed, _shared.Sampler, _shared.Schedule, _shared.Steps,
            _shared.Eta, _respacing, _classifier, _classifierScale, _cascade, _cascadeNoise, _shared.Upscale, _columns, _separate, _shared.Output, _shared.Overwrite]) Options.Add(option);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom sample -o samples.png", "16 pictures of the embedded model on one sheet"),
        new("darkroom sample --model runs/latent/model --count 64 --seed 1 -o samples.png", "what a model of yours draws of its own accord"),
        new("darkroom sample --model runs/emoji/model --class food --class animals -o samples.png", "a model of pixels, two of its classes in turn"),
        new("darkroom sample --model runs/emoji/model --class food-drink --classifier runs/classifier/model --classifier-scale 4 -o food.png", "led by a classifier"),
        new("darkroom sample --model runs/small/model --cascade runs/large/model -o cascade.png", "small pictures, made larger by a second model"),
        new("darkroom sample \"a red apple\" --separate -o apples", "with words, but without guidance"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string path = context.Get(_shared.Model) ?? EmbeddedModel.Locate();
        var request = new SampleRequest
        {
            Count = context.Get(_count),
            Seed = context.Get(_shared.Seed),
            Prompt = context.Get(_prompt) ?? "",
            Classes = context.Get(_classes),
            Guidance = context.Get(_guidance),
            Sampler = context.Get(_shared.Sampler),
            Schedule = context.Get(_shared.Schedule),
            Steps = context.Get(_shared.Steps),
            Eta = context.Get(_shared.Eta),
            Respacing = context.Get(_respacing),
            Classifier = context.Get(_classifier),
            ClassifierScale = context.Get(_classifierScale),
            Cascade = context.Get(_cascade),
            CascadeNoise = context.Get(_cascadeNoise),
            Upscale = context.Get(_shared.Upscale),
        };
        bool overwrite = context.Get(_shared.Overwrite), separate = context.Get(_separate);
        var names = PictureNames.Choose(context.Get(_shared.Output), request.Prompt.Length > 0 ? request.Prompt : "samples", separate ? request.Count : 1, overwrite);
        ComputeThreads.Use(context.Get(_shared.Threads));
        using var model = ModelSampler.Load(path, new LoadOptions { Precision = Precisions.Parse(context.Get(_shared.Dtype)) });
        var made = context.Output.WithProgress("sampling", 1, "step", progress =>
            model.Sample(request, new StepProgress(progress), context.Output.Warn, context.Cancellation).ToList());

        string[] files = separate
            ? [.. made.Select((one, i) => Save(one.Picture, one.Parameters?.ToString(), names, i, overwrite))]
            : [Save(PictureGrid.Of([.. made.Select(one => one.Picture)], context.Get(_columns)), null, names, 0, overwrite)];
        context.Output.Result(new Report(model.Name, made.Count, made[0].Seed, files), text =>
        {
            foreach (string file in files) text.WriteLine(file);
        });
        context.Output.Note($"Seeds {made[0].Seed} to {made[^1].Seed}.");
        return ExitCode.Success;
    }

    private static string Save(Picture picture, string? parameters, PictureNames names, int index, bool overwrite)
    {
        var metadata = new PictureMetadata { Parameters = parameters };
        if (names.MayTakeNextFree && !overwrite) return picture.SaveNextFree(names.Of(index), metadata);
        picture.Save(names.Of(index), metadata, overwrite);
        return names.Of(index);
    }

    private sealed record Report(string Model, int Count, long Seed, IReadOnlyList<string> Files);
}
