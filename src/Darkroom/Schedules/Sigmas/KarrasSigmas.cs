namespace Darkroom.Schedules;

/// <summary>sigma_i = (sigma_max^(1/rho) + i/(N-1) (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho, then 0.</summary>
/// <remarks>Karras et al. 2022, arXiv:2206.00364, eq. 5, rho = 7.</remarks>
internal sealed class KarrasSigmas : ISigmaSchedule
{
    public string Name => "karras";

    public string Summary => "More steps at low noise (Karras et al. 2022); good with DPM++ samplers.";

    public double[] Sigmas(SigmaRequest request) => [.. Between(request.Largest, request.Smallest, request.Steps, request.Rho ?? 7), 0];

    /// <summary>The N levels from the largest to the smallest, without the final 0.</summary>
    internal static double[] Between(double largest, double smallest, int steps, double rho = 7)
    {
        double first = Math.Pow(largest, 1 / rho), last = Math.Pow(smallest, 1 / rho);
        return [.. Grid.Linspace(0, 1, steps).Select(ramp => Math.Pow(first + ramp * (last - first), rho))];
    }
}
