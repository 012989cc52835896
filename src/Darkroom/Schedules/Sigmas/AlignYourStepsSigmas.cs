namespace Darkroom.Schedules;

/// <summary>Noise levels optimised per model family for ten steps, log-linearly interpolated to N + 1 points, the last replaced by 0.</summary>
/// <remarks>Sabour et al. 2024, arXiv:2404.14507; the table with all digits, as in ComfyUI's node.</remarks>
internal sealed class AlignYourStepsSigmas : ISigmaSchedule
{
    public string Name => "align_your_steps";

    public SigmaDialect? Dialect => SigmaDialect.ComfyUI;

    public IReadOnlyList<string> Aliases => ["ays"];

    public string Summary => "Noise levels optimised for few steps on Stable Diffusion and SDXL.";

    public double[] Sigmas(SigmaRequest request)
    {
        double[] sigmas = AlignYourStepsTable.LogLinear(AlignYourStepsTable.Precise(request.Family), request.Steps + 1);
        sigmas[^1] = 0;
        return sigmas;
    }
}
