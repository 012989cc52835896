namespace Darkroom.Schedules;

/// <summary>The factors that make a consistency function f(x, t) = c_skip x + c_out x_0hat(x, t) the identity at t = 0.</summary>
/// <remarks>Song et al. 2023, arXiv:2303.01469, app. C, as latent consistency models (arXiv:2310.04378) scale it.</remarks>
internal static class ConsistencyBoundary
{
    /// <summary>c_skip = sigma_data^2 / (s^2 + sigma_data^2), c_out = s / sqrt(s^2 + sigma_data^2), s = scaling t.</summary>
    public static (double Skip, double Output) At(double timestep, double scaling = 10, double sigmaData = 0.5)
    {
        double scaled = timestep * scaling, sum = scaled * scaled + sigmaData * sigmaData;
        return (sigmaData * sigmaData / sum, scaled / Math.Sqrt(sum));
    }
}
