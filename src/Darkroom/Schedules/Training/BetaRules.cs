namespace Darkroom.Schedules;

/// <summary>The rules that give beta_t directly.</summary>
internal static class BetaRules
{
    /// <summary>linspace(start, end, T): Ho et al. 2020 (DDPM).</summary>
    public static double[] Linear(double start, double end, int count) => Grid.Linspace(start, end, count);

    /// <summary>linspace(sqrt(start), sqrt(end), T)^2: latent diffusion and Stable Diffusion; "quad" of the DDPM code.</summary>
    public static double[] ScaledLinear(double start, double end, int count) =>
        [.. Grid.Linspace(Math.Sqrt(start), Math.Sqrt(end), count).Select(root => root * root)];

    /// <summary>Both ends of the linear rule times 1000/T, so that AlphaBar_{T-1} depends little on T: "linear" of improved-diffusion.</summary>
    public static double[] LinearRescaled(double start, double end, int count) =>
        Grid.Linspace(start * 1000 / count, end * 1000 / count, count);

    /// <summary>start + (end - start) sigmoid(linspace(-6, 6, T)): ermongroup/ddim, GeoDiff.</summary>
    public static double[] Sigmoid(double start, double end, int count) =>
        [.. Grid.Linspace(-6, 6, count).Select(x => (end - start) / (Math.Exp(-x) + 1) + start)];

    /// <summary>sqrt(linspace(start, end, T)): CompVis' "sqrt".</summary>
    public static double[] SquareRoot(double start, double end, int count) => [.. Grid.Linspace(start, end, count).Select(Math.Sqrt)];

    /// <summary>end everywhere.</summary>
    public static double[] Constant(double end, int count) => [.. Enumerable.Repeat(end, count)];

    /// <summary>Linear over the first part of the steps, then end.</summary>
    public static double[] WarmUp(double start, double end, int count, double part)
    {
        int warm = (int)(count * part);
        return [.. Grid.Linspace(start, end, warm), .. Constant(end, count - warm)];
    }

    /// <summary>1/T, 1/(T-1), ..., 1/2, 1: Sohl-Dickstein et al. 2015, arXiv:1503.03585, sec. 2.4.1. The last beta is 1.</summary>
    public static double[] JensenShannon(int count) => [.. Enumerable.Range(0, count).Select(t => 1.0 / (count - t))];
}
