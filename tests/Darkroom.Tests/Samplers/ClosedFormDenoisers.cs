using Darkroom.Diffusion;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

/// <summary>
/// A stand-in for a network: its output depends on the scaled input and the timestep alone, and is read at the point as
/// a real network's is.
/// </summary>
internal sealed class ClosedFormDenoiser : IDenoiser
{
    private readonly Func<Tensor, double, (Tensor Output, Tensor? Variance)> _network;
    private readonly PredictionType _type;

    /// <param name="network">(model input, timestep) -> raw output in the input's dtype.</param>
    /// <param name="type">What the output means.</param>
    public ClosedFormDenoiser(Func<Tensor, double, (Tensor, Tensor?)> network, PredictionType type) => (_network, _type) = (network, type);

    /// <summary>The points at which it was evaluated.</summary>
    public List<NoisePoint> Evaluated { get; } = [];

    public Prediction Predict(Tensor x, NoisePoint at)
    {
        Evaluated.Add(at);
        double size = Math.Sqrt(at.Alpha * at.Alpha + at.Sigma * at.Sigma);
        var input = Math.Abs(size - 1) < 1e-12 ? x : x / size;
        var (output, variance) = _network(input, at.Timestep);
        double a = at.Alpha / size, s = at.Sigma / size;
        return _type switch
        {
            PredictionType.Epsilon => new((x - at.Sigma * output) / at.Alpha, output, variance),
            PredictionType.Sample => new(output, (x - at.Alpha * output) / at.Sigma, variance),
            _ => new(a * input - s * output, s * input + a * output, variance),
        };
    }

    /// <summary>'ratio': out = x t / (t + 1).</summary>
    public static ClosedFormDenoiser Ratio(PredictionType type) => new((x, t) => (x * (t / (t + 1)), null), type);

    /// <summary>'gmm': the exact output for the mixture at AlphaBar of the timestep, in a training schedule.</summary>
    /// <param name="mixture">The data.</param>
    /// <param name="alphaBar">AlphaBar of a timestep, fractional ones too.</param>
    /// <param name="type">What is put out.</param>
    /// <param name="variance">Learned variance as a function of the input, or null.</param>
    public static ClosedFormDenoiser OfMixture(GaussianMixture mixture, Func<double, double> alphaBar, PredictionType type, Func<Tensor, Tensor>? variance = null) =>
        new((x, t) =>
        {
            double square = alphaBar(t), a = Math.Sqrt(square), s = Math.Sqrt(1 - square);
            var wide = x.to_type(ScalarType.Float64);
            var output = type switch
            {
                PredictionType.Epsilon => mixture.Epsilon(wide, a, s),
                PredictionType.Sample => mixture.Denoised(wide, a, s),
                _ => a * mixture.Epsilon(wide, a, s) - s * mixture.Denoised(wide, a, s),
            };
            return (output.to_type(x.dtype), variance?.Invoke(x));
        }, type);
}

/// <summary>Keeps every x that a denoiser is asked about.</summary>
internal sealed class RecordingDenoiser(IDenoiser inner) : IDenoiser
{
    public List<Tensor> Seen { get; } = [];

    public Prediction Predict(Tensor x, NoisePoint at)
    {
        Seen.Add(x.clone().DetachFromDisposeScope());
        return inner.Predict(x, at);
    }
}
