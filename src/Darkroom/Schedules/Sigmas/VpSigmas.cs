namespace Darkroom.Schedules;

/// <summary>
/// sigma(t) = sqrt(exp(beta_d t^2 / 2 + beta_min t) - 1) at N even times t, then 0; beta_d = 19.9, beta_min = 0.1.
/// </summary>
/// <remarks>
/// The continuous variance-preserving SDE of Song et al. 2021, arXiv:2011.13456, as k-diffusion's get_sigmas_vp has it,
/// between the times of sigma_max and sigma_min. k-diffusion's own ends, t = 1 and 0.001, are sigma 152.2 and 0.0105.
/// </remarks>
internal sealed class VpSigmas : ISigmaSchedule
{
    private const double BetaSlope = 19.9, BetaMin = 0.1;

    public string Name => "vp";

    public string Summary => "Even times of the continuous VP SDE.";

    public double[] Sigmas(SigmaRequest request) =>
        [.. Grid.Linspace(Time(request.Largest), Time(request.Smallest), request.Steps).Select(Sigma), 0];

    private static double Sigma(double t) => Math.Sqrt(Math.Exp(BetaSlope * t * t / 2 + BetaMin * t) - 1);

    // The positive root of beta_d t^2 / 2 + beta_min t = ln(1 + sigma^2)
    private static double Time(double sigma) => (Math.Sqrt(BetaMin * BetaMin + 2 * BetaSlope * Math.Log(1 + sigma * sigma)) - BetaMin) / BetaSlope;
}
