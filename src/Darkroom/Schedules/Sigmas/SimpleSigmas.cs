namespace Darkroom.Schedules;

/// <summary>sigma_i = sigma_{T-1-floor(i T/N)}, i = 0 .. N-1, then 0: integer timesteps only.</summary>
internal sealed class SimpleSigmas : ISigmaSchedule
{
    public string Name => "simple";

    public string Summary => "Every (T/N)-th noise level of the model.";

    public double[] Sigmas(SigmaRequest request)
    {
        var levels = request.Levels;
        double stride = (double)levels.Count / request.Steps;
        return [.. Enumerable.Range(0, request.Steps).Select(i => levels.Sigmas[levels.Count - 1 - (int)(i * stride)]), 0];
    }
}
