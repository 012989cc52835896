namespace Darkroom.Schedules;

/// <summary>
/// Integer timesteps at the quantiles of a Beta(alpha, beta) distribution: t_i = round((T-1) F^-1(1 - i/N)), i = 0 .. N-1, then sigma 0.
/// </summary>
/// <remarks>
/// Lee et al. 2024, arXiv:2407.12173; ComfyUI's form. Timesteps that round to the same integer are visited once, so that there can be fewer
/// than N steps. A1111 places noise levels instead: <see cref="BetaSigmasA1111"/>.
/// </remarks>
internal sealed class BetaSigmas : ISigmaSchedule
{
    public string Name => "beta";

    public SigmaDialect? Dialect => SigmaDialect.ComfyUI;

    public string Summary => "More steps at both ends of the range, in timesteps (ComfyUI's form).";

    public double[] Sigmas(SigmaRequest request)
    {
        var levels = request.Levels;
        var timesteps = Grid.LinspaceOpen(0, 1, request.Steps)
            .Select(i => (int)Math.Round((levels.Count - 1) * BetaDistribution.Quantile(1 - i, request.Alpha, request.Beta)))
            .Distinct();
        return [.. timesteps.Select(t => levels.Sigmas[t]), 0];
    }
}
