namespace Darkroom.Schedules;

/// <summary>N + 1 points of the KL-optimal curve, the last of which is sigma_min: the picture keeps that much noise.</summary>
internal sealed class KlOptimalSigmasA1111 : ISigmaSchedule
{
    public string Name => "kl_optimal";

    public SigmaDialect? Dialect => SigmaDialect.A1111;

    public string Summary => "KL-optimal as A1111 has it: ends at the smallest noise level, not at 0.";

    public double[] Sigmas(SigmaRequest request) => KlOptimalSigmas.Between(request.Largest, request.Smallest, request.Steps + 1);
}
