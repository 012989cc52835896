using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>
/// Adam and AdamW: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= lr / (1 - b1^n) * m / (sqrt(v) / sqrt(1 - b2^n) + eps).
/// </summary>
/// <remarks>
/// Kingma and Ba 2015, arXiv:1412.6980, algorithm 1, with the order of operations of torch.optim. Weight decay: Adam adds decay * w to g; AdamW first
/// takes lr * decay * w from w (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2). All of its state can be saved.
/// </remarks>
internal sealed class Adam : IDisposable
{
    private readonly OptimiserSettings _settings;
    private readonly Tensor[] _means;
    private readonly Tensor[] _squares;
    private readonly long[] _updates;
    private readonly double[] _shares;

    /// <param name="settings">Which of the two, and its numbers.</param>
    /// <param name="weights">What it changes, float32.</param>
    /// <param name="names">Of the weights.</param>
    public Adam(OptimiserSettings settings, IReadOnlyList<Tensor> weights, IReadOnlyList<string> names)
    {
        _settings = settings;
        _shares = [.. names.Select(settings.ShareOf)];
        _means = [.. weights.Select(w => zeros_like(w).DetachFromDisposeScope())];
        _squares = [.. weights.Select(w => zeros_like(w).DetachFromDisposeScope())];
        _updates = new long[weights.Count];
    }

    /// <summary>m, in the order of the weights.</summary>
    public IReadOnlyList<Tensor> Means => _means;

    /// <summary>v, in the order of the weights.</summary>
    public IReadOnlyList<Tensor> Squares => _squares;

    /// <summary>n of each weight; a weight that a step left out is behind.</summary>
    public Span<long> Updates => _updates;

    /// <summary>Takes one step.</summary>
    /// <param name="weights">Changed in place.</param>
    /// <param name="gradients">Float32; null leaves a weight as it is.</param>
    /// <param name="learningRate">Of this step, before shares.</param>
    public void Step(IReadOnlyList<Tensor> weights, IReadOnlyList<Tensor?> gradients, double learningRate)
    {
        using var guard = no_grad();
        for (int i = 0; i < weights.Count; i++)
        {
            if (gradients[i] is not { } gradient) continue;
            using var scope = NewDisposeScope();
            var (w, m, v) = (weights[i], _means[i], _squares[i]);
            long n = ++_updates[i];
            double rate = learningRate * _shares[i];
            if (_settings.Kind == OptimiserKind.AdamW) w.mul_(1 - rate * _settings.WeightDecay);
            else if (_settings.WeightDecay != 0) gradient = gradient.add(w, alpha: _settings.WeightDecay);
            m.lerp_(gradient, 1 - _settings.Beta1);
            v.mul_(_settings.Beta2).addcmul_(gradient, gradient, 1 - _settings.Beta2);
            double meanBias = 1 - Math.Pow(_settings.Beta1, n), squareBias = 1 - Math.Pow(_settings.Beta2, n);
            var denominator = v.sqrt().div_(Math.Sqrt(squareBias)).add_(_settings.Epsilon);
            w.addcdiv_(m, denominator, -rate / meanBias);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _means.Concat(_squares)) tensor.Dispose();
    }
}
