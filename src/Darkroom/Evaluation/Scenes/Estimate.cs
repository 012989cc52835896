namespace Darkroom.Evaluation.Scenes;

/// <summary>A measured number with how sure it is.</summary>
/// <param name="Value">The number; null where nothing was measured.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Count">How many pictures it is of.</param>
internal sealed record Estimate(double? Value, double? Low, double? High, int Count)
{
    /// <summary>The 0.975 quantile of the normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>A share p = right / n with Wilson's interval: (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n).</summary>
    /// <remarks>Wilson 1927, "Probable inference, the law of succession, and statistical inference"; good at small n and near 0 and 1.</remarks>
    public static Estimate Share(int right, int count)
    {
        if (count == 0) return new(null, null, null, 0);
        double n = count, p = right / n, squared = Z * Z / n;
        double centre = p + squared / 2, half = Z * Math.Sqrt(p * (1 - p) / n + squared / (4 * n));
        return new(p, Math.Max(0, (centre - half) / (1 + squared)), Math.Min(1, (centre + half) / (1 + squared)), count);
    }

    /// <summary>A mean m with the interval m -+ z s / sqrt(n), s the standard deviation.</summary>
    public static Estimate Mean(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) return new(null, null, null, 0);
        double mean = values.Average();
        double half = values.Count < 2 ? double.PositiveInfinity : Z * Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count);
        return new(mean, mean - half, mean + half, values.Count);
    }
}
