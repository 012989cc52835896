using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Imaging;
using Darkroom.Pipelines;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>darkroom inpaint: a part of a picture made anew.</summary>
internal sealed class InpaintCommand : GenerationCommand
{
    private readonly Argument<string> _prompt = CliArguments.Text("PROMPT", "What the picture should show.");
    private readonly CliOption<string> _initImage = CliOptions.RequiredPath("--init-image", "FILE", "The picture to change.");
    private readonly CliOption<string> _mask = CliOptions.RequiredPath("--mask", "FILE", "A picture that is white where it is to be made anew, and black where it stays.");
    private readonly CliOption<double> _strength = CliOptions.Number("--strength", "X", "How much of the masked part is made anew: 0 keeps it, 1 keeps nothing of it.", 1);
    private readonly CliOption<bool> _noCompose = CliOptions.Flag("--no-compose",
        "Leave the whole picture as the model returns it; else every pixel outside the mask stays as it was, byte for byte.");

    public InpaintCommand() : base("inpaint", "Make a part of a picture anew.")
    {
        Arguments.Add(_prompt);
        foreach (var option in (Option[])[_initImage, _mask, _strength, _noCompose]) Options.Add(option);
        Shared.AddTo(this);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom inpaint \"a lemon on a blue background\" --init-image apple.png --mask fruit.png -o lemon.png", "another fruit in the same place, by the embedded model"),
        new("darkroom inpaint \"a green pear\" --model sd-inpainting --init-image apple.png --mask fruit.png -o pear.png", "the same by a checkpoint for inpainting"),
    ];

    protected override GenerationRequest Request(CommandContext context) => GenerationBinding.Fill(
        new InpaintRequest(context.Get(_prompt), Picture.Load(context.Get(_initImage)), Picture.Load(context.Get(_mask)))
        {
            Strength = context.Get(_strength),
            Compose = !context.Get(_noCompose),
        }, Shared, context);
}
