namespace Darkroom.Schedules;

/// <summary>Noise falls linearly by 2.5 % over the first half of the steps, then quadratically to 0; in parts of sigma_max.</summary>
/// <remarks>
/// Genmo's Mochi, as in ComfyUI. With h = N div 2 linear steps, q = N - h and threshold c: 1 - sigma_i/sigma_max = i c/h for i &lt; h, then
/// a i^2 + b i + a h^2 with a = (h - c N)/(h q^2), b = c/h - 2 (h - c N)/q^2.
/// </remarks>
internal sealed class LinearQuadraticSigmas : ISigmaSchedule
{
    private const double Threshold = 0.025;

    public string Name => "linear_quadratic";

    public string Summary => "Slow linear start, then quadratic; made for video models.";

    public double[] Sigmas(SigmaRequest request)
    {
        int steps = request.Steps;
        if (steps == 1) return [request.Largest, 0];
        int linearSteps = steps / 2, quadraticSteps = steps - linearSteps;
        double excess = linearSteps - Threshold * steps;
        double a = excess / (linearSteps * (double)quadraticSteps * quadraticSteps);
        double b = Threshold / linearSteps - 2 * excess / ((double)quadraticSteps * quadraticSteps);
        double constant = a * linearSteps * linearSteps;
        double Removed(int i) => i < linearSteps ? i * Threshold / linearSteps : a * i * i + b * i + constant;
        return [.. Enumerable.Range(0, steps).Select(i => (1 - Removed(i)) * request.Largest), 0];
    }
}
