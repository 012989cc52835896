using Darkroom.Cli.Hosting;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>darkroom evaluate: the commands that measure.</summary>
internal sealed class EvaluateCommand : CommandGroup
{
    public EvaluateCommand() : base("evaluate", "Measure how good pictures or a model are.")
    {
        Subcommands.Add(new EvaluateFidCommand());
        Subcommands.Add(new EvaluateStatisticsCommand());
        Subcommands.Add(new EvaluateScenesCommand());
        Subcommands.Add(new EvaluatePixelsCommand());
        Subcommands.Add(new EvaluateBpdCommand());
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom evaluate fid real.npz generated.npz", "the Frechet distance of two sets of pictures"),
        new("darkroom evaluate scenes --model runs/latent/model", "whether a model draws what it is told to"),
    ];
}
