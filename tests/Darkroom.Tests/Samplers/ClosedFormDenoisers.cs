using Darkroom.Diffusion;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

/// <summary>The Gaussian mixture of the golden files, p(x_0) = sum_k w_k N(mu_k, s_k^2 I), with its exact denoiser.</summary>
internal sealed class GaussianMixture
{
    private readonly double[][] _means;
    private readonly double[] _deviations;
    private readonly double[] _weights;

    public GaussianMixture(GoldenTensors tensors)
    {
        _deviations = tensors.Doubles("shared/gmm_std");
        _weights = tensors.Doubles("shared/gmm_weight");
        double[] means = tensors.Doubles("shared/gmm_mu");
        _means = [.. means.Chunk(means.Length / _weights.Length)];
    }

    private GaussianMixture(double[][] means, double[] deviations, double[] weights) =>
        (_means, _deviations, _weights) = (means, deviations, weights);

    /// <summary>A mixture of two components over <paramref name="size"/> values, for property tests.</summary>
    public static GaussianMixture Small(int size) => new(
        [[.. Enumerable.Range(0, size).Select(i => 0.6 * Math.Sin(i))], [.. Enumerable.Range(0, size).Select(i => -0.5 * Math.Cos(2 * i))]],
        [0.3, 0.4], [0.6, 0.4]);

    /// <summary>x_0 hat = sum_k r_k (mu_k + a s_k^2 / V_k (x - a mu_k)), V_k = a^2 s_k^2 + s^2, in float64.</summary>
    public Tensor Denoised(Tensor x, double a, double s)
    {
        using var scope = NewDisposeScope();
        long batch = x.shape[0], size = x.numel() / batch;
        var flat = x.to_type(ScalarType.Float64).reshape(batch, size);
        var logs = new List<Tensor>();
        var estimates = new List<Tensor>();
        for (int k = 0; k < _weights.Length; k++)
        {
            double variance = a * a * _deviations[k] * _deviations[k] + s * s;
            var mean = tensor(_means[k], dtype: ScalarType.Float64).reshape(1, size);
            var difference = flat - a * mean;
            logs.Add(Math.Log(_weights[k]) - size / 2.0 * Math.Log(variance) - difference.square().sum(dim: 1) / (2 * variance));
            estimates.Add(mean + a * _deviations[k] * _deviations[k] / variance * difference);
        }
        var responsibility = stack(logs, 0).softmax(0).unsqueeze(-1);
        return (responsibility * stack(estimates, 0)).sum(dim: 0).reshape(x.shape).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// A stand-in for a network: its output depends on the scaled input and the timestep alone, and is read at the point as a real network's is.
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
            var denoised = mixture.Denoised(x, a, s);
            var wide = x.to_type(ScalarType.Float64);
            var epsilon = (wide - a * denoised) / s;
            var output = type switch
            {
                PredictionType.Epsilon => epsilon,
                PredictionType.Sample => denoised,
                _ => a * epsilon - s * denoised,
            };
            return (output.to_type(x.dtype), variance?.Invoke(x));
        }, type);

    /// <summary>The exact denoiser at the point itself, in any view.</summary>
    public static IDenoiser Exact(GaussianMixture mixture) => new ExactDenoiser(mixture);

    private sealed class ExactDenoiser(GaussianMixture mixture) : IDenoiser
    {
        public Prediction Predict(Tensor x, NoisePoint at)
        {
            var denoised = mixture.Denoised(x, at.Alpha, at.Sigma).to_type(x.dtype);
            return new(denoised, at.Sigma > 0 ? (x - at.Alpha * denoised) / at.Sigma : zeros_like(x));
        }
    }
}
