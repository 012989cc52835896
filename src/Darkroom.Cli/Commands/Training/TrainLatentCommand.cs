using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;
using Darkroom.Training;
using Darkroom.Training.Tasks;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train latent: text encoder and denoiser on the latents of a first stage.</summary>
internal sealed class TrainLatentCommand() : TrainingCommand<LatentDiffusionTraining>("latent", "Latent diffusion model",
    "Train a text-to-image model on the latents of a first stage: a text encoder and a UNet together, from nothing. Pictures are encoded once and kept " +
    "in the run folder. The model that comes out is a folder that txt2img, diffusers and ComfyUI read.", "scenes-latent")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train latent --run runs/latent", "the embedded model, after train tokenizer and train autoencoder"),
        new("darkroom train latent --run runs/latent --set firstStage=runs/mine/model --set training.batchSize=32", "another first stage, smaller batches"),
        new("darkroom train latent --run runs/latent --resume", "go on where it stopped"),
    ];

    protected override IReadOnlyList<(string Name, string Description)> OwnSettings =>
    [
        ("firstStage", "The model folder of train autoencoder."),
        ("tokenizer", "The folder of train tokenizer."),
        ("unet.block_out_channels", "Channels of each level of the UNet."),
        ("unet.sample_size", "Edge of the latents: data.edge divided by what the first stage halves."),
        ("unet.cross_attention_dim", "Width of the words as the UNet reads them; the same as textEncoder.hidden_size."),
        ("textEncoder.num_hidden_layers", "Layers of the text encoder."),
        ("training.optimiser.learningRateShares", "Weights, by how their names begin, that learn at a share of the rate. A text encoder at the full rate forgets its words."),
        ("objective.prediction", "What the UNet learns to say: epsilon (the noise), velocity (better at few steps) or sample."),
        ("conditionDrop", "Share of the pictures that are learned without their words, which guidance needs."),
        ("groundingWeight", "Weight of a second loss, of scenes alone: the attention of a word shall lie on the thing that it names. 0.1 keeps two things apart earlier."),
        ("cachedPictures", "Pictures that are encoded before the training and kept in the run folder."),
        ("generation.guidance", "Guidance that txt2img takes where none is given; likewise generation.steps, sampler, upscale."),
    ];

    protected override TrainingSettings SettingsOf(LatentDiffusionTraining configuration) => configuration.Training;

    protected override long Train(
        LatentDiffusionTraining configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation) =>
        configuration.Run(folder, observer, new Encoding(output, configuration.CachedPictures), cancellation);

    /// <summary>A line for every tenth of the pictures.</summary>
    private sealed class Encoding(CommandOutput output, long total) : IProgress<long>
    {
        private long _tenths;

        public void Report(long value)
        {
            if (10 * value / total <= _tenths) return;
            _tenths = 10 * value / total;
            output.Note($"encoded {value}/{total} pictures");
        }
    }
}
