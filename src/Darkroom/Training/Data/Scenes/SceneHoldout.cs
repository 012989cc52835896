namespace Darkroom.Training.Data.Scenes;

/// <summary>
/// What training never shows: 15 % of the object pairs (in either order), and 5 % of the combinations of object, style and background of single objects.
/// </summary>
/// <remarks>Decided by a hash of the names' positions, so it is the same for every run and needs no list.</remarks>
public static class SceneHoldout
{
    /// <summary>Share of the pairs held out.</summary>
    public const double PairShare = 0.15;

    /// <summary>Share of (object, style, colour) of single objects held out.</summary>
    public const double SingleShare = 0.05;

    /// <summary>Whether two objects are never shown together; the order doesn't matter.</summary>
    public static bool IsPairHeldOut(int first, int second)
    {
        var (low, high) = first < second ? (first, second) : (second, first);
        return Fraction(1, low, high, 0) < PairShare;
    }

    /// <summary>Whether an object is never shown alone in this style on this background.</summary>
    public static bool IsSingleHeldOut(int thing, int style, int colour) => Fraction(2, thing, style, colour) < SingleShare;

    private static double Fraction(int kind, int a, int b, int c) =>
        (SampleRandom.Mix(SampleRandom.Mix((ulong)kind << 48 | (ulong)a << 32 | (ulong)b << 16 | (uint)c) + 0x5CE7E5UL) >> 11) * (1.0 / (1UL << 53));
}
