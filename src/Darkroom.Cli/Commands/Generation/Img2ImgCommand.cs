using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Imaging;
using Darkroom.Pipelines;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>darkroom img2img: a picture from a prompt and another picture.</summary>
internal sealed class Img2ImgCommand : GenerationCommand
{
    private readonly Argument<string> _prompt = CliArguments.Text("PROMPT", "What the picture should show.");
    private readonly CliOption<string> _initImage = CliOptions.RequiredPath("--init-image", "FILE", "The picture to start from.");
    private readonly CliOption<double> _strength = CliOptions.Number("--strength", "X", "How much is made anew: 0 keeps the picture, 1 keeps nothing of it.", 0.8);

    public Img2ImgCommand() : base("img2img", "Make a picture from a prompt and another picture.")
    {
        Arguments.Add(_prompt);
        Options.Add(_initImage);
        Options.Add(_strength);
        Shared.AddTo(this);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom img2img \"a green apple on a blue background\" --init-image apple.png -o green.png", "another apple in the same place, by the embedded model"),
        new("darkroom img2img \"an oil painting of an apple\" --model sd1 --init-image apple.png -o painting.png", "the apple as a painting"),
        new("darkroom img2img \"an apple\" --model sd1 --init-image apple.png --strength 0.3 -o touched-up.png", "a small change"),
    ];

    protected override GenerationRequest Request(CommandContext context) => GenerationBinding.Fill(
        new ImageToImageRequest(context.Get(_prompt), Picture.Load(context.Get(_initImage))) { Strength = context.Get(_strength) }, Shared, context);
}
