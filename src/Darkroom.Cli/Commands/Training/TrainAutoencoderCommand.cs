using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;
using Darkroom.Training;
using Darkroom.Training.Tasks;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train autoencoder: the first stage.</summary>
internal sealed class TrainAutoencoderCommand() : TrainingCommand<AutoencoderTraining>("autoencoder", "First stage (KL autoencoder)",
    "Train a first stage: an autoencoder that makes small latents of pictures and pictures of latents. The diffusion model then works on the latents, " +
    "which is many times cheaper. Watch psnr: it says how well pictures survive (30 dB is hard to tell from the original).", "scenes-autoencoder")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train autoencoder --run runs/first-stage", "the first stage of the embedded model"),
        new("darkroom train autoencoder --run runs/short --set training.steps=500", "a short trial"),
        new("darkroom train autoencoder --run runs/first-stage --resume", "go on where it stopped"),
    ];

    protected override IReadOnlyList<(string Name, string Description)> OwnSettings =>
    [
        ("network.block_out_channels", "Channels of each level; every level but the first halves the picture, so three make latents of a quarter of its edge."),
        ("network.latent_channels", "Numbers in each place of the latents."),
        ("crop", "Edge of the random squares that are trained on; null trains on whole pictures."),
        ("loss.kl", "Pull of the latents towards a normal distribution; too much blurs."),
    ];

    protected override TrainingSettings SettingsOf(AutoencoderTraining configuration) => configuration.Training;

    protected override long Train(AutoencoderTraining configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation) =>
        configuration.Run(folder, observer, cancellation);
}
