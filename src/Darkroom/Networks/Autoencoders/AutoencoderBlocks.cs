using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>What the blocks of encoder and decoder have in common.</summary>
internal static class AutoencoderBlock
{
    public const double Epsilon = 1e-6;

    public static ResidualShape Residual(AutoencoderConfig config) => new(TimeWidth: null, config.NormNumGroups, Epsilon);

    public static ModuleList<ResidualBlock> Resnets(AutoencoderConfig config, int inputs, int outputs, int count, LayerOptions options) =>
        nn.ModuleList(Enumerable.Range(0, count).Select(i => new ResidualBlock(i == 0 ? inputs : outputs, outputs, Residual(config), options)).ToArray());
}

/// <summary>Residual blocks, then half the size.</summary>
internal sealed class EncoderBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")] private readonly ModuleList<ResidualBlock> _resnets;
    [ComponentName(Name = "downsamplers")] private readonly ModuleList<Downsampler>? _downsamplers;

    public EncoderBlock(AutoencoderConfig config, int inputs, int outputs, bool last, LayerOptions options) : base(nameof(EncoderBlock))
    {
        _resnets = AutoencoderBlock.Resnets(config, inputs, outputs, config.LayersPerBlock, options);
        if (!last) _downsamplers = nn.ModuleList(new Downsampler(outputs, padding: 0, options));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var hidden = x.alias();
        foreach (var resnet in _resnets) hidden = Replace(hidden, resnet.call(hidden, null));
        return _downsamplers is null ? hidden : Replace(hidden, _downsamplers[0].call(hidden, null));
    }

    internal static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }
}

/// <summary>Residual blocks, then twice the size.</summary>
internal sealed class DecoderBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")] private readonly ModuleList<ResidualBlock> _resnets;
    [ComponentName(Name = "upsamplers")] private readonly ModuleList<Upsampler>? _upsamplers;

    public DecoderBlock(AutoencoderConfig config, int inputs, int outputs, bool last, LayerOptions options) : base(nameof(DecoderBlock))
    {
        _resnets = AutoencoderBlock.Resnets(config, inputs, outputs, config.LayersPerBlock + 1, options);
        if (!last) _upsamplers = nn.ModuleList(new Upsampler(outputs, options));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var hidden = x.alias();
        foreach (var resnet in _resnets) hidden = EncoderBlock.Replace(hidden, resnet.call(hidden, null));
        return _upsamplers is null ? hidden : EncoderBlock.Replace(hidden, _upsamplers[0].call(hidden));
    }
}

/// <summary>A residual block, one-headed self-attention, a residual block.</summary>
internal sealed class AutoencoderMidBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "attentions")] private readonly ModuleList<Attention>? _attentions;
    [ComponentName(Name = "resnets")] private readonly ModuleList<ResidualBlock> _resnets;

    public AutoencoderMidBlock(AutoencoderConfig config, string path, AttentionProcessorSlot slot, LayerOptions options)
        : base(nameof(AutoencoderMidBlock))
    {
        int channels = config.BlockOutChannels[^1];
        if (config.MidBlockAddAttention)
        {
            _attentions = nn.ModuleList(Attention.OverPicture(channels, config.NormNumGroups, AutoencoderBlock.Epsilon,
                slot.At($"{path}.attentions.0", isCross: false, heads: 1), options));
        }
        _resnets = AutoencoderBlock.Resnets(config, channels, channels, 2, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var hidden = _resnets[0].call(x, null);
        if (_attentions is not null) hidden = _attentions[0].call(hidden, null);
        return _resnets[1].call(hidden, null).MoveToOuterDisposeScope();
    }
}
