using Darkroom.Schedules;

namespace Darkroom.Diffusion;

/// <summary>
/// q(x_{t-1} | x_t, x_0) = N(c_t x_0 + d_t x_t, betatilde_t I) per timestep, in float64 on the host; Ho et al. 2020, arXiv:2006.11239, eq. 6 and 7.
/// </summary>
public sealed class PosteriorCoefficients
{
    /// <summary>Of a schedule.</summary>
    public PosteriorCoefficients(NoiseSchedule schedule)
    {
        int count = schedule.Count;
        (DenoisedFactors, NoisyFactors, Variances, UpperVariances) = (new double[count], new double[count], new double[count], new double[count]);
        for (int t = 0; t < count; t++)
        {
            double beta = schedule.Betas[t], alphaBar = schedule.AlphaBar[t], previous = schedule.PreviousAlphaBar(t);
            Variances[t] = beta * (1 - previous) / (1 - alphaBar);
            DenoisedFactors[t] = beta * Math.Sqrt(previous) / (1 - alphaBar);
            NoisyFactors[t] = (1 - previous) * Math.Sqrt(1 - beta) / (1 - alphaBar);
            UpperVariances[t] = beta;
        }
        if (count > 1) UpperVariances[0] = Variances[1];
        ClippedLogVariances = [.. Variances.Select((variance, t) => Math.Log(t > 0 ? variance : count > 1 ? Variances[1] : 1e-20))];
    }

    /// <summary>c_t = beta_t sqrt(AlphaBar_{t-1}) / (1 - AlphaBar_t), the factor of x_0.</summary>
    public double[] DenoisedFactors { get; }

    /// <summary>d_t = (1 - AlphaBar_{t-1}) sqrt(alpha_t) / (1 - AlphaBar_t), the factor of x_t.</summary>
    public double[] NoisyFactors { get; }

    /// <summary>betatilde_t = beta_t (1 - AlphaBar_{t-1}) / (1 - AlphaBar_t), 0 at t = 0: "fixed small".</summary>
    public double[] Variances { get; }

    /// <summary>
    /// log betatilde_t, where entry 0 repeats entry 1 (openai/improved-diffusion); CompVis clamps betatilde at 1e-20 instead, as is done
    /// here where T is 1.
    /// </summary>
    public double[] ClippedLogVariances { get; }

    /// <summary>beta_t, where entry 0 is betatilde_1: "fixed large", which with beta_0 itself would give a worse decoder likelihood.</summary>
    public double[] UpperVariances { get; }
}
