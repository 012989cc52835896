using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>One attention layer of a network, as an attention processor sees it.</summary>
public sealed record AttentionSite
{
    /// <summary>The key prefix of the layer, as in <c>down_blocks.0.attentions.0.transformer_blocks.0.attn2</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Whether keys and values come from the context (the text) and not from the picture itself.</summary>
    public required bool IsCross { get; init; }

    /// <summary>Number of heads.</summary>
    public required int Heads { get; init; }

    /// <summary>The configuration asks for the scores in float32 (upcast_attention).</summary>
    public bool Upcast { get; init; }
}

/// <summary>Computes softmax(q k^T / sqrt(d)) v. The seam at which attention maps are captured or attention is changed.</summary>
public interface IAttentionProcessor
{
    /// <summary>Attention of every head.</summary>
    /// <param name="site">Which layer asks.</param>
    /// <param name="query">[B, heads, N, d], not disposed.</param>
    /// <param name="key">[B, heads, M, d], not disposed.</param>
    /// <param name="value">[B, heads, M, d], not disposed.</param>
    /// <returns>[B, heads, N, d]; it belongs to the caller's dispose scope.</returns>
    Tensor Attend(AttentionSite site, Tensor query, Tensor key, Tensor value);
}
