namespace Darkroom.Training;

/// <summary>The learning rate of each step.</summary>
public static class LearningRate
{
    /// <summary>The learning rate of a step: LearningRate * min(1, (step + 1) / WarmUpSteps) * shape.</summary>
    /// <remarks>
    /// A function of the step alone, so a resumed training has the rate that the schedule says. After the warm-up, with u the share of the remaining steps
    /// that is done and f the final share: linear 1 - (1 - f) u; cosine f + (1 - f) (1 + cos(pi u)) / 2; constant 1, and in a cool-down, with u the share
    /// of its steps that is done, f + (1 - f) (1 - sqrt(u)).
    /// </remarks>
    /// <param name="settings">Of the training.</param>
    /// <param name="step">0-based.</param>
    public static double At(TrainingSettings settings, long step)
    {
        var schedule = settings.Schedule;
        double rate = settings.Optimiser.LearningRate;
        if (step < schedule.WarmUpSteps) return rate * (step + 1) / schedule.WarmUpSteps;
        double remains = schedule.Shape switch
        {
            LearningRateShape.Constant => 1 - Math.Sqrt(Done(step, Math.Max(schedule.WarmUpSteps, settings.Steps - schedule.CoolDownSteps), settings.Steps)),
            LearningRateShape.Linear => 1 - Done(step, schedule.WarmUpSteps, settings.Steps),
            LearningRateShape.Cosine => (1 + Math.Cos(Math.PI * Done(step, schedule.WarmUpSteps, settings.Steps))) / 2,
            _ => throw new ArgumentOutOfRangeException(nameof(settings), schedule.Shape, "There is no such shape."),
        };
        return rate * (schedule.FinalShare + (1 - schedule.FinalShare) * remains);
    }

    /// <summary>The share of the steps from <paramref name="first"/> to <paramref name="end"/> that is done.</summary>
    private static double Done(long step, long first, long end) => Math.Clamp((double)(step - first) / Math.Max(1, end - first), 0, 1);
}
