namespace Darkroom.Schedules;

/// <summary>Timesteps evenly spaced from T-1 to 0, then sigma 0, whatever sigma_min and sigma_max are: k-diffusion's own default.</summary>
internal sealed class UniformSigmas : ISigmaSchedule
{
    public string Name => "uniform";

    public IReadOnlyList<string> Aliases => ["automatic"];

    public string Summary => "Evenly spaced timesteps over the model's whole range.";

    public double[] Sigmas(SigmaRequest request) =>
        [.. Grid.Linspace(request.Levels.Count - 1, 0, request.Steps).Select(request.Levels.SigmaAt), 0];
}
