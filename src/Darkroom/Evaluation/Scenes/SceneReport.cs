namespace Darkroom.Evaluation.Scenes;

/// <summary>Everything that an evaluation found.</summary>
internal sealed record SceneReport
{
    /// <summary>Of the model's pictures.</summary>
    public required SceneMeasures Generated { get; init; }

    /// <summary>Of rendered scenes, which answer every prompt perfectly: what the judge makes of them is the most that any model can get.</summary>
    public required SceneMeasures Rendered { get; init; }

    /// <summary>Of rendered scenes after the first stage: the most that a perfect denoiser could get with this first stage.</summary>
    public required SceneMeasures Reconstructed { get; init; }

    /// <summary>10 log10(2^2 / mean square error) in dB of the first stage on the scenes of held-out combinations, the mean over pictures.</summary>
    public required Estimate Psnr { get; init; }

    /// <summary>From the model's pictures to other rendered scenes of the same kinds.</summary>
    public required SceneDistances Distances { get; init; }

    /// <summary>The same from rendered scenes: the least that is possible with so many pictures.</summary>
    public required SceneDistances LeastDistances { get; init; }

    /// <summary>Time to make the pictures.</summary>
    public required TimeSpan Generating { get; init; }

    /// <summary>The measures by name, each with its gate: what the embedded model is to reach.</summary>
    public IReadOnlyList<SceneReportRow> Rows =>
    [
        Row("object", 0.90, m => m.Object),
        Row("both", 0.70, m => m.Both),
        Row("side", 0.85, m => m.Side),
        Row("colour", 0.95, m => m.Colour),
        Row("heldout_pairs", 0.55, m => m.HeldOutPairs),
        new("psnr", 30, Psnr, null, null),
    ];

    private SceneReportRow Row(string name, double gate, Func<SceneMeasures, Estimate> measure) =>
        new(name, gate, measure(Generated), measure(Rendered).Value, measure(Reconstructed).Value);
}

/// <summary>One measure of a report.</summary>
/// <param name="Name">As in JSON.</param>
/// <param name="Gate">The least that is good enough.</param>
/// <param name="Found">Of the model.</param>
/// <param name="Rendered">Of perfect pictures; null where the measure isn't of pictures.</param>
/// <param name="Reconstructed">Of perfect pictures after the first stage.</param>
internal sealed record SceneReportRow(string Name, double Gate, Estimate Found, double? Rendered, double? Reconstructed)
{
    /// <summary>Whether the gate is reached; null where nothing was measured.</summary>
    public bool? Passes => Found.Value is { } value ? value >= Gate : null;
}
