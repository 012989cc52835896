using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>
/// From what a network predicts to x_0 and eps, and back: everything here is p x + q y with two coefficients that depend on the noise point alone.
/// </summary>
/// <remarks>
/// For x = alpha x_0 + sigma eps with any alpha and sigma, r^2 = alpha^2 + sigma^2, and v = (alpha eps - sigma x_0) / r, which in the variance-preserving
/// view (r = 1) is that of Salimans and Ho 2022. Coefficients are computed in float64; results have the dtype of x and belong to the caller's dispose scope.
/// Where alpha is 0 (zero terminal SNR) x_0 cannot be had from eps, and is infinite; v gives it.
/// </remarks>
public static class Parameterisation
{
    /// <summary>x_0 hat from the network's output.</summary>
    /// <param name="type">What the output is; not <see cref="PredictionType.PreviousMean"/>, which needs a schedule.</param>
    /// <param name="output">As x.</param>
    /// <param name="x">[B, ...].</param>
    /// <param name="at">Where x lies.</param>
    public static Tensor Denoised(PredictionType type, Tensor output, Tensor x, NoisePoint at) =>
        Combine(DenoisedWeights(type, at.Alpha, at.Sigma), x, output);

    /// <summary>eps hat from the network's output.</summary>
    public static Tensor Epsilon(PredictionType type, Tensor output, Tensor x, NoisePoint at) =>
        Combine(EpsilonWeights(type, at.Alpha, at.Sigma), x, output);

    /// <summary>eps = (x - alpha x_0) / sigma, for an x_0 that has been clipped or replaced.</summary>
    public static Tensor EpsilonOf(Tensor denoised, Tensor x, NoisePoint at) => Epsilon(PredictionType.Sample, denoised, x, at);

    /// <summary>Both forms at once, as samplers take them.</summary>
    /// <param name="type">What the output is.</param>
    /// <param name="output">As x.</param>
    /// <param name="x">[B, ...].</param>
    /// <param name="at">Where x lies.</param>
    public static Prediction Predict(PredictionType type, Tensor output, Tensor x, NoisePoint at) =>
        new(Denoised(type, output, x, at), Epsilon(type, output, x, at));

    /// <summary>x_0 hat with a timestep per item.</summary>
    /// <param name="type">What the output is.</param>
    /// <param name="output">As x.</param>
    /// <param name="x">x_t, [B, ...].</param>
    /// <param name="process">The forward process.</param>
    /// <param name="timesteps">[B], int64.</param>
    public static Tensor Denoised(PredictionType type, Tensor output, Tensor x, ForwardProcess process, Tensor timesteps) =>
        Combine(process, t => DenoisedWeights(type, process, t), x, output, timesteps);

    /// <summary>eps hat with a timestep per item.</summary>
    public static Tensor Epsilon(PredictionType type, Tensor output, Tensor x, ForwardProcess process, Tensor timesteps) =>
        Combine(process, t => EpsilonWeights(type, process, t), x, output, timesteps);

    /// <summary>What the network should have predicted of x_t = AddNoise(x_0, eps, t).</summary>
    /// <param name="type">What it predicts.</param>
    /// <param name="x0">[B, ...].</param>
    /// <param name="noise">eps, as x0.</param>
    /// <param name="process">The forward process.</param>
    /// <param name="timesteps">[B], int64.</param>
    public static Tensor Target(PredictionType type, Tensor x0, Tensor noise, ForwardProcess process, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var target = type switch
        {
            PredictionType.Epsilon => noise.alias(),
            PredictionType.Sample => x0.alias(),
            PredictionType.Velocity => process.Velocity(x0, noise, timesteps),
            _ => process.PosteriorOf(x0, process.AddNoise(x0, noise, timesteps), timesteps).Mean,
        };
        return target.MoveToOuterDisposeScope();
    }

    /// <summary>(p, q) with x_0 = p x + q output.</summary>
    internal static (double X, double Output) DenoisedWeights(PredictionType type, double alpha, double sigma) => type switch
    {
        PredictionType.Epsilon => (1 / alpha, -sigma / alpha),
        PredictionType.Sample => (0, 1),
        PredictionType.Velocity => (alpha / (alpha * alpha + sigma * sigma), -sigma / Math.Sqrt(alpha * alpha + sigma * sigma)),
        _ => throw NeedsSchedule(),
    };

    /// <summary>(p, q) with eps = p x + q output.</summary>
    internal static (double X, double Output) EpsilonWeights(PredictionType type, double alpha, double sigma) => type switch
    {
        PredictionType.Epsilon => (0, 1),
        PredictionType.Sample => (1 / sigma, -alpha / sigma),
        PredictionType.Velocity => (sigma / (alpha * alpha + sigma * sigma), alpha / Math.Sqrt(alpha * alpha + sigma * sigma)),
        _ => throw NeedsSchedule(),
    };

    private static (double X, double Output) DenoisedWeights(PredictionType type, ForwardProcess process, int t)
    {
        if (type != PredictionType.PreviousMean) return DenoisedWeights(type, Alpha(process, t), Sigma(process, t));
        double factor = process.Posterior.DenoisedFactors[t];
        return (-process.Posterior.NoisyFactors[t] / factor, 1 / factor);
    }

    private static (double X, double Output) EpsilonWeights(PredictionType type, ForwardProcess process, int t)
    {
        double alpha = Alpha(process, t), sigma = Sigma(process, t);
        if (type != PredictionType.PreviousMean) return EpsilonWeights(type, alpha, sigma);
        var (x, output) = DenoisedWeights(type, process, t);
        return ((1 - alpha * x) / sigma, -alpha * output / sigma);
    }

    private static double Alpha(ForwardProcess process, int t) => Math.Sqrt(process.Schedule.AlphaBar[t]);

    private static double Sigma(ForwardProcess process, int t) => Math.Sqrt(1 - process.Schedule.AlphaBar[t]);

    private static Tensor Combine((double X, double Output) weights, Tensor x, Tensor output)
    {
        using var scope = NewDisposeScope();
        var result = weights switch
        {
            (0, 1) => output.alias(),
            _ => weights.X * x + weights.Output * output,
        };
        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Combine(ForwardProcess process, Func<int, (double X, double Output)> weights, Tensor x, Tensor output, Tensor timesteps)
    {
        var perStep = Enumerable.Range(0, process.Schedule.Count).Select(weights).ToList();
        return ForwardProcess.Combine([.. perStep.Select(w => w.X)], x, [.. perStep.Select(w => w.Output)], output, timesteps);
    }

    private static ArgumentException NeedsSchedule() => new("The mean of the previous step has no meaning without a schedule: use the overload with a forward process.");
}
