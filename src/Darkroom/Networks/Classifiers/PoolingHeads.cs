using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Classifiers;

/// <summary>The last part of a classifier: features to logits.</summary>
internal abstract class PoolingHead(string name) : nn.Module<Tensor, Tensor>(name)
{
    /// <summary>The head of a configuration.</summary>
    public static PoolingHead Create(EncoderUnetConfig config, LayerOptions options)
    {
        var channels = config.Encoder.BlockOutChannels;
        if (config.Pool == ClassifierPool.Adaptive) return new AveragePool(channels[^1], config.Classes, options);
        if (config.Pool == ClassifierPool.Attention)
            return new AttentionPool(config.ImageSize >> (channels.Count - 1), channels[^1], config.PoolHeadWidth, config.Classes, options);
        // Of every block: the first convolution, the residual blocks, what halves the size, and the middle.
        int features = channels[0] + channels[^1] + channels.Select((width, level) =>
            width * (config.Encoder.LayersPerBlock[level] + (level < channels.Count - 1 ? 1 : 0))).Sum();
        return new SpatialPool(features, config.Classes, normalises: config.Pool == ClassifierPool.SpatialV2, options);
    }
}

/// <summary>The mean over the picture, then a linear layer.</summary>
internal sealed class AveragePool : PoolingHead
{
    [ComponentName(Name = "proj")] private readonly LinearLayer _projection;

    public AveragePool(long channels, long classes, LayerOptions options) : base(nameof(AveragePool))
    {
        _projection = new LinearLayer(channels, classes, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var mean = x.mean([2, 3]);
        return _projection.call(mean);
    }
}

/// <summary>Multi-head attention over [mean; places] with an embedding for each, of which the mean's result is taken (CLIP's AttentionPool2d).</summary>
/// <remarks>Radford et al. 2021, arXiv:2103.00020, section 2.4; the parts of qkv are in the order [q,k,v][head][channel].</remarks>
internal sealed class AttentionPool : PoolingHead
{
    [ComponentName(Name = "positional_embedding")] private readonly Parameter _positions;
    [ComponentName(Name = "qkv_proj")] private readonly LinearLayer _toQueryKeyValue;
    [ComponentName(Name = "c_proj")] private readonly LinearLayer _projection;
    private readonly long _heads;

    public AttentionPool(int edge, int channels, int headWidth, int classes, LayerOptions options) : base(nameof(AttentionPool))
    {
        _heads = channels / headWidth;
        _positions = nn.Parameter(options.IsMeta ? empty([channels, edge * edge + 1L], options.Dtype, options.Device)
            : randn([channels, edge * edge + 1L], options.Dtype, options.Device) / Math.Sqrt(channels));
        _positions.DetachFromDisposeScope();
        _toQueryKeyValue = new LinearLayer(channels, 3 * channels, options);
        _projection = new LinearLayer(channels, classes, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var places = Tokens.FromPicture(x);                                                   // [B, N, C]
        var tokens = cat([places.mean([1], keepdim: true), places], 1) + _positions.t();      // [B, 1 + N, C]
        var parts = _toQueryKeyValue.call(tokens).chunk(3, dim: 2);
        Tensor Heads(Tensor part) => part.unflatten(2, [_heads, -1]).transpose(1, 2);         // [B, heads, 1 + N, d]
        var attended = nn.functional.scaled_dot_product_attention(Heads(parts[0].narrow(1, 0, 1)), Heads(parts[1]), Heads(parts[2]));
        return _projection.call(attended.transpose(1, 2).flatten(2)[.., 0]).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers over the means of all blocks' outputs.</summary>
internal sealed class SpatialPool : PoolingHead
{
    private const int Hidden = 2048;

    [ComponentName(Name = "linear_1")] private readonly LinearLayer _linear1;
    [ComponentName(Name = "norm")] private readonly GroupNormalisation? _norm;
    [ComponentName(Name = "linear_2")] private readonly LinearLayer _linear2;

    public SpatialPool(int features, int classes, bool normalises, LayerOptions options) : base(nameof(SpatialPool))
    {
        _linear1 = new LinearLayer(features, Hidden, options);
        if (normalises) _norm = new GroupNormalisation(32, Hidden, 1e-5, options);
        _linear2 = new LinearLayer(Hidden, classes, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var hidden = _linear1.call(x);
        hidden = _norm is null ? nn.functional.relu(hidden) : nn.functional.silu(_norm.call(hidden));
        return _linear2.call(hidden).MoveToOuterDisposeScope();
    }
}
