namespace Darkroom.Schedules;

/// <summary>As normal with N + 1 timesteps, of which the last is replaced by sigma 0: sigma_min is not visited.</summary>
/// <remarks>The spacing of Stability-AI/generative-models; few-step models (Turbo, Lightning) expect it.</remarks>
internal sealed class SgmUniformSigmas : ISigmaSchedule
{
    public string Name => "sgm_uniform";

    public string Summary => "Evenly spaced timesteps without the smallest noise level; for Turbo and Lightning models.";

    public double[] Sigmas(SigmaRequest request)
    {
        var (first, last) = request.TimestepRange();
        return [.. Grid.Linspace(first, last, request.Steps + 1).SkipLast(1).Select(request.Levels.SigmaAt), 0];
    }
}
