namespace Darkroom.Pipelines;

/// <summary>How much, and when, guidance acts in one generation.</summary>
/// <param name="Scale">s; at 1 or less the network is evaluated once.</param>
/// <param name="Rescale">phi of the rescaled guidance; 0 is off.</param>
/// <param name="Start">Fraction of the evaluations at which guidance begins.</param>
/// <param name="End">Fraction of the evaluations at which it ends.</param>
/// <param name="Evaluations">How many evaluations the generation has.</param>
internal sealed record GuidanceSettings(double Scale, double Rescale, double Start, double End, int Evaluations)
{
    /// <summary>Whether guidance acts at all.</summary>
    public bool IsOn => Scale > 1;

    /// <summary>Whether guidance acts at an evaluation.</summary>
    public bool ActsAt(int evaluation)
    {
        double progress = (double)evaluation / Evaluations;
        return IsOn && progress >= Start && (progress < End || End >= 1);
    }
}
