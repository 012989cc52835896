namespace Darkroom.Schedules;

/// <summary>Schedules that are given by a curve AlphaBar(u), u = t/T in [0, 1].</summary>
internal static class AlphaBarCurves
{
    /// <summary>beta_t = min(1 - AlphaBar((t+1)/T) / AlphaBar(t/T), 0.999); Nichol and Dhariwal 2021, arXiv:2102.09672, sec. 3.2.</summary>
    public static double[] Betas(Func<double, double> alphaBar, int count, double largest = 0.999) =>
        [.. Enumerable.Range(0, count).Select(t =>
            Math.Min(1 - alphaBar((t + 1.0) / count) / alphaBar((double)t / count), largest))];

    /// <summary>cos^2((u + 0.008) / 1.008 pi/2); Nichol and Dhariwal 2021, eq. 17.</summary>
    public static double Cosine(double u) => Math.Pow(Math.Cos((u + 0.008) / 1.008 * Math.PI / 2), 2);

    /// <summary>exp(-12 u), as in diffusers.</summary>
    public static double Exponential(double u) => Math.Exp(-12 * u);

    /// <summary>
    /// sqrt(snr / (1 + snr)) with snr = exp(lambda), lambda = -0.5 sign(0.5 - u) log(1 - 2 |0.5 - u| + 1e-6); Hang et al. 2024, arXiv:2407.03297,
    /// as in diffusers (which takes the root).
    /// </summary>
    public static double Laplace(double u)
    {
        double lambda = -0.5 * Math.CopySign(1, 0.5 - u) * Math.Log(1 - 2 * Math.Abs(0.5 - u) + 1e-6);
        double signalToNoise = Math.Exp(lambda);
        return Math.Sqrt(signalToNoise / (1 + signalToNoise));
    }
}
