using System.Globalization;

namespace Darkroom.Training;

/// <summary>How a training goes, each time it logs.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Mean since the last report.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="GradientNorm">Of the last step, before clipping.</param>
/// <param name="SamplesPerSecond">Since the last report, evaluations and checkpoints left out.</param>
/// <param name="DataWait">Share of that time spent waiting for data.</param>
/// <param name="Remaining">At this speed.</param>
public sealed record TrainingProgress(
    long Step, long Steps, double Loss, double LearningRate, double GradientNorm, double SamplesPerSecond, double DataWait, TimeSpan Remaining)
{
    /// <summary>One line for a person.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"step {Step}/{Steps}  loss {Loss:G5}  lr {LearningRate:G4}  {SamplesPerSecond:F1} samples/s  {Duration(Remaining)} left");

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(long)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}" : $"{time.Minutes}:{time.Seconds:D2}";
}

/// <summary>What a training reports while it runs; who wants less leaves members out. Called on the training's thread.</summary>
public interface ITrainingObserver
{
    /// <summary>Steps were taken.</summary>
    void Progressed(TrainingProgress progress);

    /// <summary>Measures of quality were taken.</summary>
    void Evaluated(long step, IReadOnlyDictionary<string, double> measures)
    {
    }

    /// <summary>A checkpoint was written.</summary>
    void Saved(long step, string path)
    {
    }

    /// <summary>Something in the data is not as it should be, but training goes on. Called on a background thread.</summary>
    void Warned(Problem problem)
    {
    }
}
