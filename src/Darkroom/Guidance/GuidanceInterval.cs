namespace Darkroom.Guidance;

/// <summary>The part of the steps in which guidance is applied: int(start N) &lt;= step &lt; int(stop N).</summary>
/// <remarks>Kynkäänniemi et al. 2024, arXiv:2404.07724: guidance harms at high noise and is useless at low noise.</remarks>
/// <param name="Start">0 .. 1.</param>
/// <param name="Stop">Start .. 1.</param>
public readonly record struct GuidanceInterval(double Start, double Stop)
{
    /// <summary>All steps.</summary>
    public static GuidanceInterval All => new(0, 1);

    /// <summary>Whether a step needs the unconditional evaluation; never at scale 1, where guidance changes nothing.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="steps">N.</param>
    /// <param name="scale">s.</param>
    public bool IsGuided(int step, int steps, double scale) => scale != 1 && step >= (int)(Start * steps) && step < (int)(Stop * steps);
}
