using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>From a picture to the moments of the posterior.</summary>
internal sealed class Encoder : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")] private readonly Convolution2d _convIn;
    [ComponentName(Name = "down_blocks")] private readonly ModuleList<EncoderBlock> _downBlocks;
    [ComponentName(Name = "mid_block")] private readonly AutoencoderMidBlock _midBlock;
    [ComponentName(Name = "conv_norm_out")] private readonly GroupNormalisation _normOut;
    [ComponentName(Name = "conv_out")] private readonly Convolution2d _convOut;

    public Encoder(AutoencoderConfig config, AttentionProcessorSlot slot, LayerOptions options) : base(nameof(Encoder))
    {
        var channels = config.BlockOutChannels;
        _convIn = new Convolution2d(config.InChannels, channels[0], 3, options, padding: 1);
        _downBlocks = nn.ModuleList(channels.Select((width, i) =>
            new EncoderBlock(config, channels[Math.Max(i - 1, 0)], width, last: i == channels.Count - 1, options)).ToArray());
        _midBlock = new AutoencoderMidBlock(config, "encoder.mid_block", slot, options);
        _normOut = new GroupNormalisation(config.NormNumGroups, channels[^1], AutoencoderBlock.Epsilon, options);
        _convOut = new Convolution2d(channels[^1], 2 * config.LatentChannels, 3, options, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        var hidden = _convIn.call(x);
        foreach (var block in _downBlocks) hidden = EncoderBlock.Replace(hidden, block.call(hidden));
        hidden = EncoderBlock.Replace(hidden, _midBlock.call(hidden));
        hidden = EncoderBlock.Replace(hidden, _normOut.WithSilu(hidden));
        return EncoderBlock.Replace(hidden, _convOut.call(hidden));
    }
}

/// <summary>From z to a picture.</summary>
internal sealed class Decoder : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")] private readonly Convolution2d _convIn;
    [ComponentName(Name = "up_blocks")] private readonly ModuleList<DecoderBlock> _upBlocks;
    [ComponentName(Name = "mid_block")] private readonly AutoencoderMidBlock _midBlock;
    [ComponentName(Name = "conv_norm_out")] private readonly GroupNormalisation _normOut;
    [ComponentName(Name = "conv_out")] private readonly Convolution2d _convOut;

    public Decoder(AutoencoderConfig config, AttentionProcessorSlot slot, LayerOptions options) : base(nameof(Decoder))
    {
        int[] channels = [.. config.BlockOutChannels.Reverse()];
        _convIn = new Convolution2d(config.LatentChannels, channels[0], 3, options, padding: 1);
        _midBlock = new AutoencoderMidBlock(config, "decoder.mid_block", slot, options);
        _upBlocks = nn.ModuleList(channels.Select((width, i) =>
            new DecoderBlock(config, channels[Math.Max(i - 1, 0)], width, last: i == channels.Length - 1, options)).ToArray());
        _normOut = new GroupNormalisation(config.NormNumGroups, channels[^1], AutoencoderBlock.Epsilon, options);
        _convOut = new Convolution2d(channels[^1], config.OutChannels, 3, options, padding: 1);
        RegisterComponents();
    }

    /// <summary>The norms of <see cref="Enlarge"/>.</summary>
    internal IEnumerable<GroupNormalisation> EnlargingNorms => _upBlocks.SelectMany(block => block.modules()).Append(_normOut).OfType<GroupNormalisation>();

    /// <summary>The last weight of the decoder; adversarial training balances its losses there.</summary>
    public Tensor LastWeight => _convOut.get_parameter("weight")!;

    public override Tensor forward(Tensor z) => Enlarge(AtLatentSize(z));

    /// <summary>The part at the latents' own size, with attention over the whole of them.</summary>
    internal Tensor AtLatentSize(Tensor z)
    {
        var hidden = _convIn.call(z);
        return EncoderBlock.Replace(hidden, _midBlock.call(hidden));
    }

    /// <summary>The rest: convolutions and group norms alone, so that a pixel depends on its surroundings and on the norms' statistics. Disposes its input.</summary>
    internal Tensor Enlarge(Tensor hidden)
    {
        foreach (var block in _upBlocks) hidden = EncoderBlock.Replace(hidden, block.call(hidden));
        hidden = EncoderBlock.Replace(hidden, _normOut.WithSilu(hidden));
        return EncoderBlock.Replace(hidden, _convOut.call(hidden));
    }
}
