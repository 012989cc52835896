using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;
using Darkroom.Training;
using Darkroom.Training.Tasks;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train classifier: a classifier of noised pictures, for classifier guidance.</summary>
internal sealed class TrainClassifierCommand() : TrainingCommand<ClassifierTraining>("classifier", "Classifier of noised pictures",
    "Train a classifier that recognises pictures at every level of noise, to guide a model of pixels with (sample --classifier) and to measure pictures by. " +
    "Noise it by the process of the model that it is to guide. Watch accuracy_0 (clean pictures) to accuracy_75 (nearly noise).", "emoji-classifier")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train classifier --run runs/classifier", "for the model of train pixel"),
        new("darkroom train classifier --run runs/wide --set scale=2", "twice as wide"),
        new("darkroom train classifier --run runs/classifier --resume", "go on where it stopped"),
    ];

    protected override IReadOnlyList<(string Name, string Description)> OwnSettings =>
    [
        ("network.block_out_channels", "Channels of each level."),
        ("network.pool", "How one vector is made of a picture: attention (as in the paper), adaptive, spatial or spatial_v2."),
        ("process.betaSchedule", "The noise that pictures are shown with; that of the model to be guided."),
        ("data.classes", "Of emoji: group, subgroup or object; of a folder: folder."),
        ("data.holdOut", "Share of the objects or pictures that are kept for evaluation."),
    ];

    protected override TrainingSettings SettingsOf(ClassifierTraining configuration) => configuration.Training;

    protected override long Train(
        ClassifierTraining configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation) =>
        configuration.Run(folder, observer, cancellation);
}
