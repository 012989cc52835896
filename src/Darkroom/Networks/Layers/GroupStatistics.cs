using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>The part of a tile that belongs to it alone; the rest is its margin, which belongs to its neighbours.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="TileHeight">Rows of the tile with its margin; a layer at another size scales all of these.</param>
internal sealed record TileCore(long Top, long Left, long Height, long Width, long TileHeight)
{
    /// <summary>The core of x, [N, C, h, w], a tile at any size.</summary>
    public Tensor Of(Tensor x)
    {
        long scale = x.shape[2] / TileHeight;
        return x.narrow(2, Top * scale, Height * scale).narrow(3, Left * scale, Width * scale);
    }
}

/// <summary>
/// Mean and variance of the groups of one normalisation, gathered over the tiles of a picture, so that each tile can then be normalised as the whole would be.
/// </summary>
internal sealed class GroupStatistics(int groups) : IDisposable
{
    private Tensor? _mean;
    private Tensor? _variance;
    private Tensor? _sum;
    private Tensor? _squares;
    private double _count;

    /// <summary>Which part of the next tile is to be gathered; null to gather nothing.</summary>
    public TileCore? Core { get; set; }

    /// <summary>Whether statistics are there to normalise with.</summary>
    public bool AreKnown => _mean is not null;

    /// <summary>Adds the core of a tile.</summary>
    /// <param name="x">[N, C, h, w].</param>
    public void Gather(Tensor x)
    {
        if (Core is null) return;
        using var scope = NewDisposeScope();
        var grouped = Core.Of(x).to_type(ScalarType.Float32).reshape(x.shape[0], groups, -1);
        var sum = grouped.sum(-1, type: ScalarType.Float64);
        var squares = grouped.square().sum(-1, type: ScalarType.Float64);
        Replace(ref _sum, _sum is null ? sum : _sum + sum);
        Replace(ref _squares, _squares is null ? squares : _squares + squares);
        _count += grouped.shape[2];
    }

    /// <summary>Takes what was gathered as the statistics from here on.</summary>
    public void Settle()
    {
        using var scope = NewDisposeScope();
        Replace(ref _mean, _sum! / _count);
        Replace(ref _variance, _squares! / _count - _mean!.square());
        Replace(ref _sum, null);
        Replace(ref _squares, null);
        _count = 0;
        Core = null;
    }

    /// <summary>(x - mean) / sqrt(variance + eps) * weight + bias with the known statistics; the caller owns it.</summary>
    public Tensor Normalise(Tensor x, Tensor weight, Tensor bias, double epsilon)
    {
        using var scope = NewDisposeScope();
        long perGroup = x.shape[1] / groups;
        var channelScale = (_variance! + epsilon).rsqrt().repeat_interleave(perGroup, 1) * weight;
        var channelShift = bias - _mean!.repeat_interleave(perGroup, 1) * channelScale;
        return addcmul(Spread(channelShift), x, Spread(channelScale), 1).MoveToOuterDisposeScope();

        Tensor Spread(Tensor perChannel) => perChannel.to(x.dtype).unsqueeze(-1).unsqueeze(-1);
    }

    public void Dispose()
    {
        foreach (var tensor in new[] { _mean, _variance, _sum, _squares }) tensor?.Dispose();
    }

    private static void Replace(ref Tensor? field, Tensor? value)
    {
        field?.Dispose();
        field = value?.DetachFromDisposeScope();
    }
}
