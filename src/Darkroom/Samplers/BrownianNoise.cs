using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// Noise of SDE samplers from a Brownian path over the noise levels, as diffusers' and k-diffusion's
/// BrownianTreeNoiseSampler give it: the picture depends less on the number of steps than with independent draws.
/// </summary>
/// <remarks>
/// <see cref="Between"/> is (W(sigma') - W(sigma)) / sqrt|sigma' - sigma|, in float32 noise levels as in the
/// references. Plain draws go to the inner source.
/// </remarks>
public sealed class BrownianNoise : INoiseSource
{
    private readonly INoiseSource _inner;
    private readonly IReadOnlyList<long> _seeds;
    private readonly double _sigmaMin;
    private readonly double _sigmaMax;
    private BrownianTree[]? _trees;
    private long[] _shape = [];

    /// <summary>One path for the whole batch, or one for each of its pictures.</summary>
    /// <param name="inner">Where plain draws come from.</param>
    /// <param name="seeds">One seed for the batch as a whole, or one per picture.</param>
    /// <param name="sigmaMin">The smallest noise level above 0 of the plan.</param>
    /// <param name="sigmaMax">The largest.</param>
    public BrownianNoise(INoiseSource inner, IReadOnlyList<long> seeds, double sigmaMin, double sigmaMax)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(seeds);
        if (seeds.Count == 0 || !(sigmaMin < sigmaMax))
            throw new ArgumentException("A Brownian path needs a seed and two different noise levels.", nameof(seeds));
        (_inner, _seeds, _sigmaMin, _sigmaMax) = (inner, seeds, (float)sigmaMin, (float)sigmaMax);
    }

    /// <inheritdoc/>
    public Tensor Next(Tensor like) => _inner.Next(like);

    /// <inheritdoc/>
    public Tensor Between(double sigmaFrom, double sigmaTo, Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        double from = (float)sigmaFrom, to = (float)sigmaTo;
        if (from == to) return _inner.Next(like);
        _trees ??= Plant(like);
        if (!_shape.AsSpan().SequenceEqual(like.shape))
            throw new ArgumentException("A Brownian path is for tensors of one shape.", nameof(like));
        double scale = 1 / Math.Sqrt(Math.Abs(to - from));
        var values = new double[like.numel()];
        int size = values.Length / _trees.Length;
        for (int k = 0; k < _trees.Length; k++) _trees[k].Increment(from, to).CopyTo(values, k * size);
        for (int i = 0; i < values.Length; i++) values[i] *= scale;
        using var scope = NewDisposeScope();
        return tensor(values, like.shape).to(like.dtype, like.device).MoveToOuterDisposeScope();
    }

    private BrownianTree[] Plant(Tensor like)
    {
        if (_seeds.Count > 1 && _seeds.Count != like.shape[0])
            throw new ArgumentException($"There are {_seeds.Count} seeds for a batch of {like.shape[0]}.", nameof(like));
        _shape = like.shape;
        int size = (int)(like.numel() / _seeds.Count);
        return [.. _seeds.Select(seed => new BrownianTree(seed, _sigmaMin, _sigmaMax, size))];
    }
}
