using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;
using Darkroom.Training;
using Darkroom.Training.Tasks;

namespace Darkroom.Cli.Commands.Training;

/// <summary>darkroom train judge: the networks that evaluate scenes asks.</summary>
internal sealed class TrainJudgeCommand() : TrainingCommand<JudgeTraining>("judge", "Scene judge",
    "Train a judge: a small network that says which objects a scene shows, and where. darkroom evaluate scenes asks it how good a text-to-image model is. " +
    "There are two: one by which checkpoints may be chosen, and one of another design that only reports.", "scenes-judge-choosing")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom train judge --run runs/choosing", "the judge for choosing"),
        new("darkroom train judge --run runs/reporting --config scenes-judge-reporting", "the judge for reporting"),
        new("darkroom train judge --run runs/choosing --resume", "go on where it stopped"),
    ];

    protected override TrainingSettings SettingsOf(JudgeTraining configuration) => configuration.Training;

    protected override long Train(JudgeTraining configuration, RunFolder folder, ITrainingObserver observer, CommandOutput output, CancellationToken cancellation) =>
        configuration.Run(folder, observer, cancellation);
}
