using Darkroom.Cli.Hosting;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train: the commands that make models.</summary>
internal sealed class TrainCommand : CommandGroup
{
    public TrainCommand() : base("train",
        "Make a model of your own. A text-to-image model is made in three trainings, in this order: tokenizer (words to numbers), autoencoder (pictures to small " +
        "latents and back) and latent (noise to latents, led by words). A training writes a run folder with its configuration, loss curve, samples, checkpoints " +
        "and model; Ctrl+C saves, and --resume goes on exactly there. docs/train-your-own.md goes through it with a folder of pictures.")
    {
        Subcommands.Add(new TrainTokenizerCommand());
        Subcommands.Add(new TrainAutoencoderCommand());
        Subcommands.Add(new TrainLatentCommand());
        Subcommands.Add(new TrainJudgeCommand());
        Subcommands.Add(new TrainPixelCommand());
        Subcommands.Add(new TrainClassifierCommand());
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train tokenizer --output runs/tokenizer", "the embedded model, first part"),
        new("darkroom train autoencoder --run runs/first-stage", "second part"),
        new("darkroom train latent --run runs/latent", "third part"),
        new("darkroom train latent --run runs/latent --resume", "go on after Ctrl+C, exactly where it stopped"),
        new("darkroom train latent --help", "what can be changed, and to what"),
    ];
}
