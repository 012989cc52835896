using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>
/// Data whose denoiser is known exactly: p(x_0) = sum_k w_k N(x_0; mu_k, s_k^2 I), diffused to x = alpha x_0 + sigma eps.
/// </summary>
/// <remarks>
/// x is then a mixture too, with means alpha mu_k and variances V_k = alpha^2 s_k^2 + sigma^2. With the responsibilities r_k = softmax_k(log w_k - D/2 log V_k -
/// |x - alpha mu_k|^2 / (2 V_k)): E[x_0 | x] = sum_k r_k (mu_k + alpha s_k^2 / V_k (x - alpha mu_k)), E[eps | x] = sum_k r_k sigma / V_k (x - alpha mu_k), and the
/// score is -E[eps | x] / sigma. As a denoiser it is a network without error, on which samplers and likelihoods can be checked. Everything is computed in float64;
/// results have dtype and device of x and belong to the caller's dispose scope. It holds numbers of the host alone, so that nothing is to be disposed.
/// </remarks>
public sealed class GaussianMixture : IDenoiser
{
    private readonly double[] _means;
    private readonly double[] _deviations;
    private readonly double[] _weights;

    /// <summary>A mixture.</summary>
    /// <param name="means">mu_k, [K, ...], the rest being the shape of one item; copied, not disposed.</param>
    /// <param name="standardDeviations">s_k, at least 0; where it is 0, a point, sigma must be above 0 wherever the mixture is asked.</param>
    /// <param name="weights">w_k above 0; they are divided by their sum.</param>
    /// <exception cref="ArgumentException">The three don't have K entries each, or an entry is out of range.</exception>
    public GaussianMixture(Tensor means, IReadOnlyList<double> standardDeviations, IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(standardDeviations);
        ArgumentNullException.ThrowIfNull(weights);
        if (means.dim() < 2 || means.numel() == 0) throw new ArgumentException($"They must be [K, ...], but are [{string.Join(", ", means.shape)}].", nameof(means));
        if (standardDeviations.Count != means.shape[0] || weights.Count != means.shape[0])
            throw new ArgumentException($"There are {means.shape[0]} means, {standardDeviations.Count} standard deviations and {weights.Count} weights.", nameof(means));
        if (!standardDeviations.All(s => s >= 0 && double.IsFinite(s))) throw new ArgumentException("Each must be at least 0.", nameof(standardDeviations));
        if (!weights.All(w => w > 0 && double.IsFinite(w))) throw new ArgumentException("Each must be above 0.", nameof(weights));
        using var scope = NewDisposeScope();
        _means = means.to(ScalarType.Float64).cpu().flatten().data<double>().ToArray();
        _deviations = [.. standardDeviations];
        _weights = [.. weights.Select(w => w / weights.Sum())];
        Shape = [.. means.shape[1..]];
    }

    private GaussianMixture(double[] means, double[] deviations, double[] weights, IReadOnlyList<long> shape) =>
        (_means, _deviations, _weights, Shape) = (means, deviations, weights, shape);

    /// <summary>K, the number of components.</summary>
    public int Count => _weights.Length;

    /// <summary>The shape of one item, such as [C, h, w].</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>D, the numbers of one item.</summary>
    public int Dimensions => _means.Length / Count;

    /// <summary>The law of alpha x_0 + sigma eps, a mixture again.</summary>
    public GaussianMixture Diffused(double alpha, double sigma) => new(
        [.. _means.Select(m => alpha * m)], [.. _deviations.Select(s => Math.Sqrt(alpha * alpha * s * s + sigma * sigma))], _weights, Shape);

    /// <summary>E[x_0 | x], the best denoiser there is.</summary>
    /// <param name="x">[B, ...] with the shape of an item.</param>
    /// <param name="alpha">Factor of the data, not 0 for a point.</param>
    /// <param name="sigma">Factor of the unit noise, at least 0.</param>
    public Tensor Denoised(Tensor x, double alpha, double sigma)
    {
        using var scope = NewDisposeScope();
        var (difference, share) = Assigned(x, alpha, sigma);
        var gain = tensor([.. Variances(alpha, sigma).Select((v, k) => alpha * _deviations[k] * _deviations[k] / v)], device: x.device).unsqueeze(1);
        return Like(x, (share * (Means(x.device) + gain * difference)).sum(1)).MoveToOuterDisposeScope();
    }

    /// <summary>E[eps | x] = (x - alpha E[x_0 | x]) / sigma, and its limit 0 where sigma is 0.</summary>
    /// <param name="x">[B, ...] with the shape of an item.</param>
    /// <param name="alpha">Factor of the data.</param>
    /// <param name="sigma">Factor of the unit noise, at least 0.</param>
    public Tensor Epsilon(Tensor x, double alpha, double sigma) => Slope(x, alpha, sigma, sigma);

    /// <summary>The score, grad_x log p(x), at alpha and sigma; the data's own where they are 1 and 0.</summary>
    /// <param name="x">[B, ...] with the shape of an item.</param>
    /// <param name="alpha">Factor of the data.</param>
    /// <param name="sigma">Factor of the unit noise, at least 0.</param>
    public Tensor Score(Tensor x, double alpha = 1, double sigma = 0) => Slope(x, alpha, sigma, -1);

    /// <summary>log p(x) in nats, at alpha and sigma; the data's own where they are 1 and 0.</summary>
    /// <param name="x">[B, ...] with the shape of an item.</param>
    /// <param name="alpha">Factor of the data.</param>
    /// <param name="sigma">Factor of the unit noise, at least 0.</param>
    /// <returns>[B].</returns>
    public Tensor LogDensity(Tensor x, double alpha = 1, double sigma = 0)
    {
        using var scope = NewDisposeScope();
        var log = Logarithms(Difference(x, alpha), alpha, sigma).logsumexp(1);
        return (log - Dimensions / 2.0 * Math.Log(2 * Math.PI)).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The exact prediction at a noise point, in any view.</summary>
    /// <param name="x">[B, ...] with the shape of an item.</param>
    /// <param name="at">Where x lies; its timestep is not used.</param>
    public Prediction Predict(Tensor x, NoisePoint at) => new(Denoised(x, at.Alpha, at.Sigma), Epsilon(x, at.Alpha, at.Sigma));

    /// <summary>Items of the data.</summary>
    /// <param name="count">How many.</param>
    /// <param name="generator">Draws [count] uniform numbers, which choose the components, and then the noise; both in float64.</param>
    /// <returns>[count, ...], float64.</returns>
    public Tensor Sample(int count, Generator generator)
    {
        using var scope = NewDisposeScope();
        var ends = tensor([.. _weights.Select((_, k) => k == Count - 1 ? double.PositiveInfinity : _weights[..(k + 1)].Sum())]);
        var choice = rand([count], ScalarType.Float64, CPU, generator: generator).unsqueeze(1).ge(ends).sum(1);
        var noise = randn([count, Dimensions], ScalarType.Float64, CPU, generator: generator);
        var items = Means(CPU).index_select(0, choice) + tensor(_deviations).index_select(0, choice).unsqueeze(1) * noise;
        return items.reshape([count, .. Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>E[x_0], one item in float64.</summary>
    public Tensor Mean()
    {
        using var scope = NewDisposeScope();
        return (tensor(_weights).unsqueeze(1) * Means(CPU)).sum([0L]).reshape([.. Shape]).MoveToOuterDisposeScope();
    }

    /// <summary>The covariance of an item's D numbers, [D, D] in float64: sum_k w_k (s_k^2 I + mu_k mu_k^T) - mean mean^T.</summary>
    public Tensor Covariance()
    {
        using var scope = NewDisposeScope();
        var weights = tensor(_weights).unsqueeze(1);
        var centred = Means(CPU) - Mean().flatten();
        double within = _weights.Zip(_deviations, (w, s) => w * s * s).Sum();
        return (within * eye(Dimensions, dtype: ScalarType.Float64) + centred.t().matmul(weights * centred)).MoveToOuterDisposeScope();
    }

    // factor * sum_k r_k (x - alpha mu_k) / V_k
    private Tensor Slope(Tensor x, double alpha, double sigma, double factor)
    {
        using var scope = NewDisposeScope();
        var (difference, share) = Assigned(x, alpha, sigma);
        var inverse = tensor([.. Variances(alpha, sigma).Select(v => factor / v)], device: x.device).unsqueeze(1);
        return Like(x, (share * inverse * difference).sum(1)).MoveToOuterDisposeScope();
    }

    // x - alpha mu_k, [B, K, D], and r_k, [B, K, 1].
    private (Tensor Difference, Tensor Share) Assigned(Tensor x, double alpha, double sigma)
    {
        var difference = Difference(x, alpha);
        return (difference, Logarithms(difference, alpha, sigma).softmax(1).unsqueeze(2));
    }

    private Tensor Difference(Tensor x, double alpha)
    {
        if (!x.shape.AsSpan(1).SequenceEqual(Shape.ToArray()))
            throw new ArgumentException($"Items must be [{string.Join(", ", Shape)}], but x is [{string.Join(", ", x.shape)}].", nameof(x));
        return x.to(ScalarType.Float64).flatten(1).unsqueeze(1) - alpha * Means(x.device);
    }

    // log w_k + log N(x; alpha mu_k, V_k I) without the constant, [B, K].
    private Tensor Logarithms(Tensor difference, double alpha, double sigma)
    {
        double[] variances = Variances(alpha, sigma);
        var constants = tensor([.. variances.Select((v, k) => Math.Log(_weights[k]) - Dimensions / 2.0 * Math.Log(v))], device: difference.device);
        return constants - difference.square().sum(2) / tensor([.. variances.Select(v => 2 * v)], device: difference.device);
    }

    private double[] Variances(double alpha, double sigma) => [.. _deviations.Select(s => alpha * alpha * s * s + sigma * sigma)];

    private Tensor Means(Device device) => tensor(_means, device: device).reshape(Count, Dimensions);

    private static Tensor Like(Tensor x, Tensor flat) => flat.reshape(x.shape).to(x.dtype);
}
