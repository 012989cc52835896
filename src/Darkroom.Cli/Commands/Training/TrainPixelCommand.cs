using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;
using Darkroom.Training;
using Darkroom.Training.Tasks;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train pixel: the diffusion models of the papers, on pixels.</summary>
internal sealed class TrainPixelCommand() : TrainingCommand<PixelDiffusionTraining>("pixel", "Diffusion model of pixels",
    "Train a diffusion model on small pictures, with classes or without, as the papers did before latent diffusion: DDPM, improved DDPM, EDM. " +
    "Each preset names its paper. The model that comes out is a folder that darkroom sample and diffusers read.", "emoji-improved-ddpm")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train pixel --run runs/emoji", "improved DDPM on the emoji pictures, with classes"),
        new("darkroom train pixel --run runs/mine --set data.kind=folder --set data.path=pictures --set data.classes=folder", "pictures of your own, a folder for each class"),
        new("darkroom train pixel --run runs/emoji --resume", "go on where it stopped"),
    ];

    protected override TrainingSettings SettingsOf(PixelDiffusionTraining configuration) => configuration.Training;

    protected override long Train(
        PixelDiffusionTraining configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation) =>
        configuration.Run(folder, observer, cancellation);
}
