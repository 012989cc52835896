using Darkroom.Cli.Hosting;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train: the commands that make models.</summary>
internal sealed class TrainCommand : CommandGroup
{
    public TrainCommand() : base("train",
        "Make a model of your own. A latent diffusion model is made in three parts, in this order: a tokenizer (text to numbers), a first stage " +
        "(an autoencoder: pictures to small latents and back), and a latent model (turns noise into latents, led by the text).")
    {
        Subcommands.Add(new TrainTokenizerCommand());
        Subcommands.Add(new TrainAutoencoderCommand());
        Subcommands.Add(new TrainLatentCommand());
        Subcommands.Add(new TrainJudgeCommand());
        Subcommands.Add(new TrainPixelCommand());
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train autoencoder --run runs/first-stage", "train the first stage of the embedded model again"),
        new("darkroom train autoencoder --run runs/first-stage --resume", "go on after Ctrl+C, exactly where it stopped"),
    ];
}
