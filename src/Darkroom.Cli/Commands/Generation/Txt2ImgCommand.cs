using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Imaging;
using Darkroom.Pipelines;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>darkroom txt2img: a picture from a prompt.</summary>
internal sealed class Txt2ImgCommand : GenerationCommand
{
    private readonly Argument<string?> _prompt = CliArguments.OptionalText("PROMPT", "What the picture should show.");

    private readonly CliOption<string?> _from = CliOptions.Path("--from", "FILE",
        "Repeat a picture: prompt and settings are those that it carries, changed by what else stands on the command line.", configurable: false);

    public Txt2ImgCommand() : base("txt2img", "Make a picture from a prompt.")
    {
        Arguments.Add(_prompt);
        Options.Add(_from);
        Shared.AddTo(this);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom txt2img \"a red apple on a blue background\"", "a picture by the embedded model, named after the prompt"),
        new("darkroom txt2img \"a photo of a cat\" --model v1-5.safetensors", "a picture by a checkpoint of yours"),
        new("darkroom txt2img \"a red apple\" --model sd1 --seed 42 --batch 4 -o apple.png", "apple-0.png to apple-3.png, with seeds 42 to 45"),
        new("darkroom txt2img --from apple-2.png --model sd1 -o again.png", "the same picture once more"),
        new("darkroom txt2img --from apple-2.png --model sd1 --steps 40 -o better.png", "the same with more steps"),
    ];

    protected override GenerationRequest Request(CommandContext context)
    {
        string? prompt = context.Get(_prompt);
        if (Repeated(context) is { } parameters)
        {
            var request = GenerationRecord.ToRequest(parameters);
            return GenerationBinding.Fill(prompt is null ? request : request with { Prompt = prompt }, Shared, context, repeats: true);
        }
        if (prompt is null)
            throw new DarkroomException(ErrorKind.InvalidRequest, "PROMPT is missing.", null, "Say what the picture should show, or name a picture to repeat with --from.");
        return GenerationBinding.Fill(new TextToImageRequest(prompt), Shared, context);
    }

    protected override string Dtype(CommandContext context) =>
        context.IsGiven(Shared.Dtype) ? context.Get(Shared.Dtype) : Repeated(context)?.Precision ?? context.Get(Shared.Dtype);

    private GenerationParameters? Repeated(CommandContext context)
    {
        if (context.Get(_from) is not { } file) return null;
        string text = PictureMetadata.Read(file).Parameters ?? throw new DarkroomException(ErrorKind.BadFile, "The picture does not say how it was made.", file,
            "Only pictures with A1111's parameters inside can be repeated; darkroom png-info shows them.");
        return GenerationParameters.Parse(text);
    }
}
