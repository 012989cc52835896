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

    protected override IReadOnlyList<(string Name, string Description)> OwnSettings =>
    [
        ("unet.block_out_channels", "Channels of each level of the UNet."),
        ("objective.kind", "meanSquaredError (L_simple), hybrid (L_simple + 0.001 L_vlb, for learned variances) or another loss; see docs/pixel-models.md."),
        ("objective.variance", "Of a reverse step: fixedSmall, fixedLarge, learned or learnedRange; the learned ones need twice the output channels."),
        ("objective.betaSchedule", "linear (DDPM) or squaredcos_cap_v2 (cosine, improved DDPM)."),
        ("conditionDrop", "Share of the pictures that are learned without their class, which classifier-free guidance needs."),
        ("data.classes", "Of emoji: none, group, subgroup or object; of a folder: none or folder."),
        ("data.holdOut", "Share of the objects or pictures that are kept for evaluation."),
    ];

    protected override TrainingSettings SettingsOf(PixelDiffusionTraining configuration) => configuration.Training;

    protected override long Train(
        PixelDiffusionTraining configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation) =>
        configuration.Run(folder, observer, cancellation);
}
