using Darkroom.Guidance;

namespace Darkroom.Pipelines;

/// <summary>How much, and when, guidance acts in one generation.</summary>
/// <param name="Scale">s; at 1 or less the network is evaluated once.</param>
/// <param name="Rescale">phi of the rescaled guidance; 0 is off.</param>
/// <param name="Interval">The part of the evaluations in which it acts.</param>
/// <param name="Evaluations">How many evaluations the generation has.</param>
internal sealed record GuidanceSettings(double Scale, double Rescale, GuidanceInterval Interval, int Evaluations)
{
    /// <summary>Whether guidance acts at an evaluation.</summary>
    public bool ActsAt(int evaluation) => Scale > 1 && Interval.IsGuided(evaluation, Evaluations, Scale);
}
