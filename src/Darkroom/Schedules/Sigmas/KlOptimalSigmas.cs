namespace Darkroom.Schedules;

/// <summary>sigma_i = tan(i/(N-1) atan(sigma_min) + (1 - i/(N-1)) atan(sigma_max)), i = 0 .. N-1, then 0.</summary>
/// <remarks>Sabour et al. 2024 (Align Your Steps), arXiv:2404.14507; one step goes from sigma_max to 0, where ComfyUI divides by zero.</remarks>
internal sealed class KlOptimalSigmas : ISigmaSchedule
{
    public string Name => "kl_optimal";

    public SigmaDialect? Dialect => SigmaDialect.ComfyUI;

    public string Summary => "Least KL divergence for Gaussian data (Align Your Steps).";

    public double[] Sigmas(SigmaRequest request) => [.. Between(request.Largest, request.Smallest, request.Steps), 0];

    /// <summary>Points evenly spaced in atan(sigma) from the largest to the smallest.</summary>
    internal static double[] Between(double largest, double smallest, int points) =>
        [.. Grid.Linspace(0, 1, points).Select(i => Math.Tan(i * Math.Atan(smallest) + (1 - i) * Math.Atan(largest)))];
}
