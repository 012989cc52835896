namespace Darkroom.Schedules;

/// <summary>The Beta(a, b) distribution on [0, 1]: its distribution function I_x(a, b) and the inverse of it.</summary>
/// <remarks>
/// Sixty lines of our own rather than a numeric library, which the package would need for this one function. I_x is computed from its continued
/// fraction (DLMF 8.17.22) by Lentz's method, the inverse by bisection down to neighbouring doubles.
/// </remarks>
internal static class BetaDistribution
{
    /// <summary>x with I_x(a, b) = p; 0 and 1 at p = 0 and 1.</summary>
    public static double Quantile(double p, double a, double b)
    {
        if (p <= 0) return 0;
        if (p >= 1) return 1;
        if (p == 0.5 && a == b) return 0.5; // exactly: half of 999 timesteps is a tie, which a last bit would decide
        double low = 0, high = 1;
        while (true)
        {
            double middle = low + (high - low) / 2;
            if (middle == low || middle == high) return middle;
            if (Cumulative(middle, a, b) < p) low = middle;
            else high = middle;
        }
    }

    /// <summary>I_x(a, b), the regularised incomplete beta function.</summary>
    public static double Cumulative(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        // The fraction converges fast up to (a + 1) / (a + b + 2); beyond it the mirror image does. Rounding may put both sides beyond, so the mirror image isn't asked again.
        return x > (a + 1) / (a + b + 2) ? 1 - FromFraction(1 - x, b, a) : FromFraction(x, a, b);
    }

    private static double FromFraction(double x, double a, double b)
    {
        double logFront = LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x);
        return Math.Exp(logFront) / a * ContinuedFraction(x, a, b);
    }

    private static double ContinuedFraction(double x, double a, double b)
    {
        const double Tiny = 1e-300;
        double Guarded(double value) => Math.Abs(value) < Tiny ? Tiny : value;
        double c = 1, d = 1 / Guarded(1 - (a + b) * x / (a + 1)), fraction = d;
        for (int m = 1; m < 1000; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / Guarded(1 + even * d);
            c = Guarded(1 + even / c);
            fraction *= d * c;
            d = 1 / Guarded(1 + odd * d);
            c = Guarded(1 + odd / c);
            double factor = d * c;
            fraction *= factor;
            if (Math.Abs(factor - 1) < 1e-15) break;
        }
        return fraction;
    }

    /// <summary>log Gamma(x), x > 0: Stirling's series (DLMF 5.11.1) after shifting x above 15.</summary>
    private static double LogGamma(double x)
    {
        double shift = 1;
        for (; x < 15; x++) shift *= x;
        double inverse = 1 / x, square = inverse * inverse;
        double series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))));
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series - Math.Log(shift);
    }
}
