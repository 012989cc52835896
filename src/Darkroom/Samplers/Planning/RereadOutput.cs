using Darkroom.Diffusion;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// What a network's output at (x, sigma) says of another state (x_hat, sigma_hat), in the variance-exploding view:
/// diffusers' Euler schedulers add churn after the evaluation, so that they read one output at two places.
/// </summary>
internal static class RereadOutput
{
    /// <summary>The reading of a class and prediction type.</summary>
    public static Func<Prediction, Tensor, NoisePoint, Tensor, NoisePoint, Prediction> Of(SchedulerConfig config) =>
        config.ClassName.StartsWith("EDM", StringComparison.Ordinal) ? (prediction, x, at, hat, to) => Edm(prediction, x, at, hat, to, config.SigmaData)
        : config.PredictionType switch
        {
            PredictionType.Epsilon => (prediction, _, _, hat, to) => prediction with
            {
                Denoised = WeightedSum.Of((1, hat), (-to.Sigma, prediction.Epsilon)),
            },
            PredictionType.Sample => (prediction, _, _, hat, to) => Fit(prediction, prediction.Denoised, hat, to),
            // x_0 hat = x / (sigma^2 + 1) - sigma / sqrt(sigma^2 + 1) v keeps sigma and takes x_hat.
            _ => (prediction, x, at, hat, to) =>
            {
                double skip = 1 / (at.Sigma * at.Sigma + 1);
                return Fit(prediction, WeightedSum.Of((1, prediction.Denoised), (skip, hat), (-skip, x)), hat, to);
            }
            ,
        };

    // x_0 hat = c_skip x + c_out F, so F = (x_0 hat - c_skip x) / c_out is read with the coefficients of sigma_hat.
    private static Prediction Edm(Prediction prediction, Tensor x, NoisePoint at, Tensor hat, NoisePoint to, double data)
    {
        double Skip(double sigma) => data * data / (sigma * sigma + data * data);
        double Output(double sigma) => sigma * data / Math.Sqrt(sigma * sigma + data * data);
        double ratio = Output(to.Sigma) / Output(at.Sigma);
        return Fit(prediction, WeightedSum.Of((Skip(to.Sigma), hat), (ratio, prediction.Denoised), (-ratio * Skip(at.Sigma), x)), hat, to);
    }

    private static Prediction Fit(Prediction prediction, Tensor denoised, Tensor hat, NoisePoint to) => prediction with
    {
        Denoised = denoised,
        Epsilon = Parameterisation.EpsilonOf(denoised, hat, to),
    };
}
