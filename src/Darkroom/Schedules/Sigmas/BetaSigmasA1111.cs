namespace Darkroom.Schedules;

/// <summary>sigma_i = sigma_min + F^-1(1 - i/(N-1)) (sigma_max - sigma_min), F of a Beta(alpha, beta) distribution, then 0.</summary>
/// <remarks>A1111's and diffusers' form (use_beta_sigmas).</remarks>
internal sealed class BetaSigmasA1111 : ISigmaSchedule
{
    public string Name => "beta";

    public SigmaDialect? Dialect => SigmaDialect.A1111;

    public string Summary => "More steps at both ends of the range, in noise levels (A1111's and diffusers' form).";

    public double[] Sigmas(SigmaRequest request) =>
        [.. Between(request.Largest, request.Smallest, request.Steps, request.Alpha, request.Beta), 0];

    /// <summary>The N levels from the largest to the smallest, without the final 0.</summary>
    internal static double[] Between(double largest, double smallest, int steps, double alpha = 0.6, double beta = 0.6) =>
        [.. Grid.Linspace(0, 1, steps).Select(i => smallest + BetaDistribution.Quantile(1 - i, alpha, beta) * (largest - smallest))];
}
