namespace Darkroom.Schedules;

/// <summary>log sigma evenly spaced from sigma_max to sigma_min, then 0.</summary>
internal sealed class ExponentialSigmas : ISigmaSchedule
{
    public string Name => "exponential";

    public string Summary => "Evenly spaced log noise levels; common for SDE samplers.";

    public double[] Sigmas(SigmaRequest request) => [.. Between(request.Largest, request.Smallest, request.Steps), 0];

    /// <summary>The N levels from the largest to the smallest, without the final 0.</summary>
    internal static double[] Between(double largest, double smallest, int steps) =>
        [.. Grid.Linspace(Math.Log(largest), Math.Log(smallest), steps).Select(Math.Exp)];
}
