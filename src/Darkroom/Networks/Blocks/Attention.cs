using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>
/// Multi-head attention: q = x W_q, k = c W_k, v = c W_v, o = concat(softmax(q k^T / sqrt(d)) v) W_o, where the context c is x itself in self-attention.
/// </summary>
internal sealed class Attention : nn.Module<Tensor, Tensor?, Tensor>
{
    [ComponentName(Name = "group_norm")] private readonly GroupNormalisation? _groupNorm;
    [ComponentName(Name = "to_q")] private readonly LinearLayer _toQuery;
    [ComponentName(Name = "to_k")] private readonly LinearLayer _toKey;
    [ComponentName(Name = "to_v")] private readonly LinearLayer _toValue;
    [ComponentName(Name = "to_out")] private readonly AttentionOutput _toOut;
    private readonly AttentionSettings _settings;

    /// <summary>Attention over tokens [B, N, C], without biases but for the output.</summary>
    /// <param name="width">C.</param>
    /// <param name="contextWidth">Width of the context, or null for self-attention.</param>
    /// <param name="settings">Heads and kind.</param>
    /// <param name="options">Of the weights.</param>
    public Attention(long width, long? contextWidth, AttentionSettings settings, LayerOptions options)
        : this(width, contextWidth, settings, bias: false, groupNorm: null, options)
    {
    }

    private Attention(
        long width, long? contextWidth, AttentionSettings settings, bool bias, GroupNormalisation? groupNorm, LayerOptions options)
        : base(nameof(Attention))
    {
        _settings = settings;
        _groupNorm = groupNorm;
        _toQuery = new LinearLayer(width, width, options, bias);
        _toKey = new LinearLayer(contextWidth ?? width, width, options, bias);
        _toValue = new LinearLayer(contextWidth ?? width, width, options, bias);
        _toOut = new AttentionOutput(width, options);
        RegisterComponents();
    }

    /// <summary>Self-attention of the autoencoder and of pixel-space networks over a picture [B, C, H, W]: normalised first, with biases, x added to the result.</summary>
    public static Attention OverPicture(long width, int? groups, double epsilon, AttentionSettings settings, LayerOptions options) =>
        new(width, null, settings, bias: true, groups is int count ? new GroupNormalisation(count, width, epsilon, options) : null, options);

    /// <param name="x">Tokens [B, N, C] or a picture [B, C, H, W].</param>
    /// <param name="context">[B, M, contextWidth], or null.</param>
    public override Tensor forward(Tensor x, Tensor? context)
    {
        if (x.dim() == 4) return ForwardPicture(x);
        using var scope = NewDisposeScope();
        return Attend(x, context ?? x).MoveToOuterDisposeScope();
    }

    private Tensor ForwardPicture(Tensor x)
    {
        using var scope = NewDisposeScope();
        var normalised = _groupNorm is null ? x : _groupNorm.call(x);
        var attended = Attend(Tokens.FromPicture(normalised), null);
        return (Tokens.ToPicture(attended, x) + x).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor x, Tensor? context)
    {
        context ??= x;
        using var query = SplitHeads(_toQuery.call(x));
        using var key = SplitHeads(_toKey.call(context));
        using var value = SplitHeads(_toValue.call(context));
        using var attended = _settings.Processor.Attend(_settings.Site, query, key, value);
        using var joined = attended.transpose(1, 2).flatten(2);
        return _toOut.call(joined);
    }

    private Tensor SplitHeads(Tensor x)
    {
        using var owned = x;
        using var split = owned.unflatten(2, [_settings.Site.Heads, -1]);
        return split.transpose(1, 2);
    }

    /// <summary>The output projection; it is the first entry of a list in the stored layout (the second is dropout).</summary>
    private sealed class AttentionOutput : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "0")] private readonly LinearLayer _projection;

        public AttentionOutput(long width, LayerOptions options) : base(nameof(AttentionOutput))
        {
            _projection = new LinearLayer(width, width, options);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => _projection.call(x);
    }
}

/// <summary>Which attention layer this is and who computes it.</summary>
internal sealed record AttentionSettings(AttentionSite Site, AttentionProcessorSlot Slot)
{
    public IAttentionProcessor Processor => Slot.Processor;
}

/// <summary>The processor that all attention layers of one network share, exchangeable as one.</summary>
internal sealed class AttentionProcessorSlot
{
    public IAttentionProcessor Processor { get; set; } = new ScaledDotProduct();

    public AttentionSettings At(string path, bool isCross, int heads, bool upcast = false) =>
        new(new AttentionSite { Path = path, IsCross = isCross, Heads = heads, Upcast = upcast }, this);
}
