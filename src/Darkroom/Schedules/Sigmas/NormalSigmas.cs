namespace Darkroom.Schedules;

/// <summary>Timesteps evenly spaced from that of sigma_max to that of sigma_min, then 0; sigma_i = sigma(t_i).</summary>
/// <remarks>
/// ComfyUI rounds the two ends to integer timesteps, A1111 interpolates; they agree unless the user sets other ends (see Quantize).
/// </remarks>
internal sealed class NormalSigmas : ISigmaSchedule
{
    public string Name => "normal";

    public string Summary => "Evenly spaced timesteps; the classical choice.";

    public double[] Sigmas(SigmaRequest request)
    {
        var (first, last) = request.TimestepRange();
        return [.. Grid.Linspace(first, last, request.Steps).Select(request.Levels.SigmaAt), 0];
    }
}
