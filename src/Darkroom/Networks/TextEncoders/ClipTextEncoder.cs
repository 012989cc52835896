using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.TextEncoders;

/// <summary>What a text encoder makes of a batch of texts. The tensors belong to the caller's dispose scope.</summary>
/// <param name="HiddenStates">[B, N, width] each: the embeddings, then the result of every layer, all before the final norm.</param>
/// <param name="LastHiddenState">[B, N, width]: the last of them after the final norm.</param>
/// <param name="Pooled">[B, width]: the last hidden state at the end token.</param>
/// <param name="ProjectedPooled">[B, ProjectionDim]: that, projected; null where the encoder has no projection.</param>
public sealed record ClipTextOutput(IReadOnlyList<Tensor> HiddenStates, Tensor LastHiddenState, Tensor Pooled, Tensor? ProjectedPooled);

/// <summary>The text encoder of CLIP: a causal transformer over tokens.</summary>
/// <remarks>Radford et al. 2021, arXiv:2103.00020, section 2.4. Keys as in transformers' CLIPTextModel and CLIPTextModelWithProjection.</remarks>
public sealed class ClipTextEncoder : Network
{
    [ComponentName(Name = "text_model")] private readonly ClipTextTransformer _model;
    [ComponentName(Name = "text_projection")] private readonly LinearLayer? _projection;

    /// <summary>Builds the network; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    public ClipTextEncoder(ClipTextConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(ClipTextEncoder), new LayerOptions(dtype, device ?? CPU))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        _model = new ClipTextTransformer(config, Options);
        if (config.ProjectionDim is int width) _projection = new LinearLayer(config.HiddenSize, width, Options, bias: false);
        Complete();
    }

    /// <summary>The shape that it was built with.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>[B, N, HiddenSize]: the vectors of the ids, before positions are added; learned vectors may be put in their place.</summary>
    /// <param name="ids">[B, N], 64-bit.</param>
    public Tensor EmbedTokens(Tensor ids) => _model.Embeddings.Tokens(ids);

    /// <summary>Encodes texts of at most MaxPositionEmbeddings tokens.</summary>
    /// <param name="ids">[B, N], 64-bit.</param>
    /// <param name="tokenEmbeddings">[B, N, HiddenSize] to be used instead of those of the ids (which then only say where the text ends), or null.</param>
    public ClipTextOutput Encode(Tensor ids, Tensor? tokenEmbeddings = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.dim() != 2 || ids.shape[1] > Config.MaxPositionEmbeddings)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest,
                $"The text encoder takes [B, N] ids with N at most {Config.MaxPositionEmbeddings} and was given [{string.Join(", ", ids.shape)}].");
        }
        using var scope = NewDisposeScope();
        var states = new List<Tensor> { _model.Embeddings.call(tokenEmbeddings?.to(Dtype) ?? EmbedTokens(ids)) };
        foreach (var layer in _model.Layers) states.Add(layer.call(states[^1]));
        var last = _model.FinalNorm.call(states[^1]);
        var pooled = Pool(last, ids);
        var projected = _projection?.call(pooled);
        foreach (var state in states) state.MoveToOuterDisposeScope();
        return new ClipTextOutput(states, last.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope(), projected?.MoveToOuterDisposeScope());
    }

    /// <summary>Applies the final norm, for a hidden state taken before the last layer (clip-skip in Stable Diffusion 1 and 2).</summary>
    public Tensor Normalise(Tensor hiddenState) => _model.FinalNorm.call(hiddenState);

    private Tensor Pool(Tensor last, Tensor ids)
    {
        const int largestIdRule = 2;
        var place = Config.EosTokenId == largestIdRule ? ids.argmax(-1) : ids.eq(Config.EosTokenId).to(ScalarType.Int32).argmax(-1);
        return last[arange(last.shape[0], ScalarType.Int64, last.device), place];
    }
}
