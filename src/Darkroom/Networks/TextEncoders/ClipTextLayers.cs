using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.TextEncoders;

/// <summary>
/// Standard deviations of fresh weights: those of GPT-2 (Radford et al. 2019, section 2.3), on whose shape CLIP's text encoder is built, but for its tokens,
/// which begin at 1.
/// </summary>
/// <remarks>
/// What the 2L residual branches add must not drown the tokens, at the beginning and later. Layer normalisation makes what a branch adds independent of the
/// tokens' size, so Adam's steps soon make it many times larger than tokens of 0.02, and much the same for every text; an encoder that is trained from
/// nothing together with a denoiser then learns to ignore the words.
/// </remarks>
internal static class ClipTextInitialisation
{
    public const double Tokens = 1;

    public const double Weights = 0.02;

    /// <summary>Of layers that end a residual branch.</summary>
    public static double Residual(ClipTextConfig config) => Weights / Math.Sqrt(2 * config.NumHiddenLayers);
}

/// <summary>Token and position embeddings, summed.</summary>
internal sealed class ClipTextEmbeddings : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "token_embedding")] private readonly EmbeddingTable _tokens;
    [ComponentName(Name = "position_embedding")] private readonly EmbeddingTable _positions;

    public ClipTextEmbeddings(ClipTextConfig config, LayerOptions options) : base(nameof(ClipTextEmbeddings))
    {
        _tokens = new EmbeddingTable(config.VocabSize, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Tokens);
        _positions = new EmbeddingTable(config.MaxPositionEmbeddings, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Weights);
        RegisterComponents();
    }

    public Tensor Tokens(Tensor ids) => _tokens.call(ids);

    /// <param name="tokens">[B, N, width], token embeddings.</param>
    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var places = arange(tokens.shape[1], ScalarType.Int64, tokens.device);
        return (tokens + _positions.call(places)).MoveToOuterDisposeScope();
    }
}

/// <summary>Causal multi-head attention; every projection has a bias.</summary>
internal sealed class ClipTextAttention : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "k_proj")] private readonly LinearLayer _key;
    [ComponentName(Name = "v_proj")] private readonly LinearLayer _value;
    [ComponentName(Name = "q_proj")] private readonly LinearLayer _query;
    [ComponentName(Name = "out_proj")] private readonly LinearLayer _out;
    private readonly int _heads;

    public ClipTextAttention(ClipTextConfig config, LayerOptions options) : base(nameof(ClipTextAttention))
    {
        _heads = config.NumAttentionHeads;
        _key = new LinearLayer(config.HiddenSize, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Weights);
        _value = new LinearLayer(config.HiddenSize, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Weights);
        _query = new LinearLayer(config.HiddenSize, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Weights);
        _out = new LinearLayer(config.HiddenSize, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Residual(config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor Split(Tensor projected) => projected.unflatten(2, [_heads, -1]).transpose(1, 2);
        var attended = nn.functional.scaled_dot_product_attention(
            Split(_query.call(x)), Split(_key.call(x)), Split(_value.call(x)), is_casual: true);
        return _out.call(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();
    }
}

/// <summary>Two linear layers with the configured activation between them.</summary>
internal sealed class ClipTextFeedForward : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "fc1")] private readonly LinearLayer _widen;
    [ComponentName(Name = "fc2")] private readonly LinearLayer _narrow;
    private readonly bool _quick;

    public ClipTextFeedForward(ClipTextConfig config, LayerOptions options) : base(nameof(ClipTextFeedForward))
    {
        _quick = config.HiddenAct == "quick_gelu";
        _widen = new LinearLayer(config.HiddenSize, config.IntermediateSize, options, standardDeviation: ClipTextInitialisation.Weights);
        _narrow = new LinearLayer(config.IntermediateSize, config.HiddenSize, options, standardDeviation: ClipTextInitialisation.Residual(config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var wide = _widen.call(x);
        return _narrow.call(_quick ? Activation.QuickGelu(wide) : Activation.Gelu(wide)).MoveToOuterDisposeScope();
    }
}

/// <summary>x += attention(LN(x)); x += feedForward(LN(x)).</summary>
internal sealed class ClipTextLayer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "self_attn")] private readonly ClipTextAttention _attention;
    [ComponentName(Name = "layer_norm1")] private readonly LayerNormalisation _norm1;
    [ComponentName(Name = "mlp")] private readonly ClipTextFeedForward _feedForward;
    [ComponentName(Name = "layer_norm2")] private readonly LayerNormalisation _norm2;

    public ClipTextLayer(ClipTextConfig config, LayerOptions options) : base(nameof(ClipTextLayer))
    {
        _attention = new ClipTextAttention(config, options);
        _norm1 = new LayerNormalisation(config.HiddenSize, config.LayerNormEps, options);
        _feedForward = new ClipTextFeedForward(config, options);
        _norm2 = new LayerNormalisation(config.HiddenSize, config.LayerNormEps, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var attended = x + _attention.call(_norm1.call(x));
        return (attended + _feedForward.call(_norm2.call(attended))).MoveToOuterDisposeScope();
    }
}

/// <summary>The list of layers, under the key <c>encoder</c>.</summary>
internal sealed class ClipTextStack : nn.Module
{
    [ComponentName(Name = "layers")] private readonly ModuleList<ClipTextLayer> _layers;

    public ClipTextStack(ClipTextConfig config, LayerOptions options) : base(nameof(ClipTextStack))
    {
        _layers = nn.ModuleList(Enumerable.Range(0, config.NumHiddenLayers).Select(_ => new ClipTextLayer(config, options)).ToArray());
        RegisterComponents();
    }

    public IEnumerable<ClipTextLayer> Layers => _layers;
}

/// <summary>Embeddings, layers and the final norm, under the key <c>text_model</c>.</summary>
internal sealed class ClipTextTransformer : nn.Module
{
    [ComponentName(Name = "embeddings")] private readonly ClipTextEmbeddings _embeddings;
    [ComponentName(Name = "encoder")] private readonly ClipTextStack _encoder;
    [ComponentName(Name = "final_layer_norm")] private readonly LayerNormalisation _finalNorm;

    public ClipTextTransformer(ClipTextConfig config, LayerOptions options) : base(nameof(ClipTextTransformer))
    {
        _embeddings = new ClipTextEmbeddings(config, options);
        _encoder = new ClipTextStack(config, options);
        _finalNorm = new LayerNormalisation(config.HiddenSize, config.LayerNormEps, options);
        RegisterComponents();
    }

    public ClipTextEmbeddings Embeddings => _embeddings;

    public IEnumerable<ClipTextLayer> Layers => _encoder.Layers;

    public LayerNormalisation FinalNorm => _finalNorm;
}
