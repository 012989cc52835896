using Darkroom.Networks.Kernels;
using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>GEGLU(x) = (x W + b) * gelu(x V + c), with the exact gelu (Shazeer 2020, arXiv:2002.05202, eq. 6); W and V are stored as one.</summary>
internal sealed class GegluProjection : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "proj")] private readonly LinearLayer _projection;

    public GegluProjection(long inputs, long outputs, LayerOptions options) : base(nameof(GegluProjection))
    {
        _projection = new LinearLayer(inputs, 2 * outputs, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var projected = _projection.call(x);
        if (GegluKernel.Supports(projected)) return GegluKernel.Gate(projected).MoveToOuterDisposeScope();
        var halves = projected.chunk(2, dim: -1);
        return (halves[0] * nn.functional.gelu(halves[1])).MoveToOuterDisposeScope();
    }
}

/// <summary>The feed-forward part of a transformer block: GEGLU to four times the width and back.</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "net")] private readonly Layers _net;

    public FeedForward(long width, LayerOptions options) : base(nameof(FeedForward))
    {
        _net = new Layers(width, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => _net.call(x);

    /// <summary>Entries 0 and 2 of the stored list (1 is dropout).</summary>
    private sealed class Layers : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "0")] private readonly GegluProjection _widen;
        [ComponentName(Name = "2")] private readonly LinearLayer _narrow;

        public Layers(long width, LayerOptions options) : base(nameof(Layers))
        {
            _widen = new GegluProjection(width, 4 * width, options);
            _narrow = new LinearLayer(4 * width, width, options);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var wide = _widen.call(x);
            return _narrow.call(wide);
        }
    }
}
