namespace Darkroom.Training;

/// <summary>The learning rate of each step.</summary>
public static class LearningRate
{
    /// <summary>The learning rate of a step: LearningRate * min(1, (step + 1) / WarmUpSteps) * shape.</summary>
    /// <remarks>
    /// A function of the step alone, so a resumed training has the rate that the schedule says. After the warm-up, with u the share of the remaining steps
    /// that is done and f the final share: linear 1 - (1 - f) u; cosine f + (1 - f) (1 + cos(pi u)) / 2.
    /// </remarks>
    /// <param name="settings">Of the training.</param>
    /// <param name="step">0-based.</param>
    public static double At(TrainingSettings settings, long step)
    {
        var schedule = settings.Schedule;
        double rate = settings.Optimiser.LearningRate;
        if (step < schedule.WarmUpSteps) return rate * (step + 1) / schedule.WarmUpSteps;
        double done = Math.Clamp((double)(step - schedule.WarmUpSteps) / Math.Max(1, settings.Steps - schedule.WarmUpSteps), 0, 1);
        return rate * schedule.Shape switch
        {
            LearningRateShape.Constant => 1,
            LearningRateShape.Linear => 1 - (1 - schedule.FinalShare) * done,
            LearningRateShape.Cosine => schedule.FinalShare + (1 - schedule.FinalShare) * (1 + Math.Cos(Math.PI * done)) / 2,
            _ => throw new ArgumentOutOfRangeException(nameof(settings), schedule.Shape, "There is no such shape."),
        };
    }
}
