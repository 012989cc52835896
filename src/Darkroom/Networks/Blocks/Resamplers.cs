using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>Halves height and width by a convolution of stride 2. With padding 0 it pads one row below and one column at the right, as autoencoders do.</summary>
internal sealed class Downsampler : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "conv")] private readonly Convolution2d _conv;
    private readonly bool _padsAsymmetrically;

    public Downsampler(int channels, int padding, LayerOptions options) : base(nameof(Downsampler))
    {
        _padsAsymmetrically = padding == 0;
        _conv = new Convolution2d(channels, channels, 3, options, stride: 2, padding: padding);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? time)
    {
        if (!_padsAsymmetrically) return _conv.call(x);
        using var padded = nn.functional.pad(x, [0, 1, 0, 1]);
        return _conv.call(padded);
    }
}

/// <summary>Halves height and width by averaging four pixels; no weights.</summary>
internal sealed class AveragingDownsampler : nn.Module<Tensor, Tensor?, Tensor>
{
    public AveragingDownsampler() : base(nameof(AveragingDownsampler))
    {
    }

    public override Tensor forward(Tensor x, Tensor? time) => nn.functional.avg_pool2d(x, 2);
}

/// <summary>Repeats every pixel to the wanted height and width, then convolves, unless it is told not to.</summary>
internal sealed class Upsampler : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv")] private readonly Convolution2d? _conv;

    public Upsampler(int channels, LayerOptions options, bool convolves = true) : base(nameof(Upsampler))
    {
        if (convolves) _conv = new Convolution2d(channels, channels, 3, options, padding: 1);
        RegisterComponents();
    }

    /// <summary>Twice the height and width.</summary>
    public override Tensor forward(Tensor x) => To(x, 2 * x.shape[2], 2 * x.shape[3]);

    /// <summary>To a given height and width (odd sizes on the way down).</summary>
    public Tensor To(Tensor x, long height, long width)
    {
        var large = nn.functional.interpolate(x, size: [height, width], mode: InterpolationMode.Nearest);
        if (_conv is null) return large;
        using var owned = large;
        return _conv.call(owned);
    }
}
