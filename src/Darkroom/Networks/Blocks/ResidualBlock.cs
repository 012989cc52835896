using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>Whether a residual block also changes the size of the picture, before its first convolution.</summary>
internal enum Resampling
{
    None,
    Down,
    Up,
}

/// <summary>What the residual blocks of one network have in common.</summary>
/// <param name="TimeWidth">Width of the time embedding, or null where there is none (autoencoders).</param>
/// <param name="Groups">Of the group norms.</param>
/// <param name="Epsilon">Of the group norms.</param>
/// <param name="ScaleShift">The time embedding gives scale and shift after the second norm (improved DDPM) instead of being added before it.</param>
/// <param name="Dropout">Probability, in training.</param>
internal sealed record ResidualShape(int? TimeWidth, int Groups, double Epsilon, bool ScaleShift = false, double Dropout = 0);

/// <summary>skip(x) + conv(silu(norm(conv(silu(norm(x))) + time))), over [B, C, H, W].</summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, appendix B; scale-shift: Nichol and Dhariwal 2021, arXiv:2102.09672, section 3.</remarks>
internal sealed class ResidualBlock : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "norm1")] private readonly GroupNormalisation _norm1;
    [ComponentName(Name = "conv1")] private readonly Convolution2d _conv1;
    [ComponentName(Name = "time_emb_proj")] private readonly LinearLayer? _timeProjection;
    [ComponentName(Name = "norm2")] private readonly GroupNormalisation _norm2;
    [ComponentName(Name = "conv2")] private readonly Convolution2d _conv2;
    [ComponentName(Name = "conv_shortcut")] private readonly Convolution2d? _shortcut;
    private readonly ResidualShape _shape;
    private readonly Resampling _resampling;

    public ResidualBlock(int inputs, int outputs, ResidualShape shape, LayerOptions options, Resampling resampling = Resampling.None)
        : base(nameof(ResidualBlock))
    {
        _shape = shape;
        _resampling = resampling;
        _norm1 = new GroupNormalisation(shape.Groups, inputs, shape.Epsilon, options);
        _conv1 = new Convolution2d(inputs, outputs, 3, options, padding: 1);
        if (shape.TimeWidth is int timeWidth) _timeProjection = new LinearLayer(timeWidth, shape.ScaleShift ? 2 * outputs : outputs, options);
        _norm2 = new GroupNormalisation(shape.Groups, outputs, shape.Epsilon, options);
        _conv2 = new Convolution2d(outputs, outputs, 3, options, padding: 1);
        if (inputs != outputs) _shortcut = new Convolution2d(inputs, outputs, 1, options);
        RegisterComponents();
    }

    /// <summary>The last layer of this residual branch; zero in a network trained from nothing.</summary>
    public WeightedLayer Last => _conv2;

    /// <param name="x">[B, inputs, H, W].</param>
    /// <param name="time">[B, timeWidth] before its activation, or null.</param>
    public override Tensor forward(Tensor x, Tensor? time)
    {
        using var scope = NewDisposeScope();
        var skip = Resample(x);
        var hidden = _conv1.call(Resample(_norm1.WithSilu(x)));
        hidden = Second(hidden, time);
        if (_shape.Dropout > 0 && training) hidden = nn.functional.dropout(hidden, _shape.Dropout, training: true);
        hidden = _conv2.call(hidden);
        return ((_shortcut is null ? skip : _shortcut.call(skip)) + hidden).MoveToOuterDisposeScope();
    }

    /// <summary>silu of the second norm, with the time embedding put in before or after that norm.</summary>
    private Tensor Second(Tensor hidden, Tensor? time)
    {
        if (_timeProjection is null || time is null) return _norm2.WithSilu(hidden);
        var projected = _timeProjection.call(Activation.Silu(time));
        if (!_shape.ScaleShift) return _norm2.WithSilu(hidden, projected);
        var halves = projected.unsqueeze(-1).unsqueeze(-1).chunk(2, dim: 1);
        return Activation.Silu(_norm2.call(hidden) * (1 + halves[0]) + halves[1]);
    }

    private Tensor Resample(Tensor x) => _resampling switch
    {
        Resampling.Down => nn.functional.avg_pool2d(x, 2),
        Resampling.Up => nn.functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest),
        _ => x,
    };
}
