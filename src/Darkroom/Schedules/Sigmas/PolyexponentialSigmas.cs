namespace Darkroom.Schedules;

/// <summary>
/// log sigma_i = log sigma_min + (1 - i/(N-1))^rho (log sigma_max - log sigma_min), then 0; rho = 1 is the exponential schedule.
/// </summary>
internal sealed class PolyexponentialSigmas : ISigmaSchedule
{
    public string Name => "polyexponential";

    public string Summary => "The exponential schedule with an exponent of its own.";

    public double[] Sigmas(SigmaRequest request)
    {
        double low = Math.Log(request.Smallest), high = Math.Log(request.Largest), rho = request.Rho ?? 1;
        return [.. Grid.Linspace(1, 0, request.Steps).Select(ramp => Math.Exp(low + Math.Pow(ramp, rho) * (high - low))), 0];
    }
}
