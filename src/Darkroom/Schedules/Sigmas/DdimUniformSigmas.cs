namespace Darkroom.Schedules;

/// <summary>Every r-th noise level upwards from timestep 1, r = max(T div N, 1), in descending order, then 0.</summary>
/// <remarks>
/// The timesteps of CompVis' DDIM, so sigma_0 and usually sigma_{T-1} are not visited, and there is one step more than N where N does not
/// divide T. Where sigma_1 itself is 0 within 1e-5, it serves as the end.
/// </remarks>
internal sealed class DdimUniformSigmas : ISigmaSchedule
{
    public string Name => "ddim_uniform";

    public IReadOnlyList<string> Aliases => ["ddim"];

    public string Summary => "Every (T div N)-th timestep from 1 on, as the original DDIM code.";

    public double[] Sigmas(SigmaRequest request)
    {
        var levels = request.Levels;
        bool endsInZero = levels.Sigmas[1] <= 1e-5;
        int stride = Math.Max(levels.Count / (request.Steps + (endsInZero ? 1 : 0)), 1);
        var sigmas = new List<double>();
        if (!endsInZero) sigmas.Add(0);
        for (int t = 1; t < levels.Count; t += stride) sigmas.Add(levels.Sigmas[t]);
        sigmas.Reverse();
        return [.. sigmas];
    }
}
