using Darkroom.Networks.Kernels;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>softmax(q k^T / sqrt(d)) v (Vaswani et al. 2017, arXiv:1706.03762, eq. 1), fused, with the softmax in float32.</summary>
public sealed class ScaledDotProduct : IAttentionProcessor
{
    /// <inheritdoc/>
    public Tensor Attend(AttentionSite site, Tensor query, Tensor key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (!site.Upcast && ChunkedAttention.Supports(query, key, value)) return ChunkedAttention.Attend(query, key, value);
        if (!site.Upcast || query.dtype == float32) return nn.functional.scaled_dot_product_attention(query, key, value);
        using var scope = NewDisposeScope();
        return nn.functional.scaled_dot_product_attention(query.@float(), key.@float(), value.@float())
            .to(query.dtype).MoveToOuterDisposeScope();
    }
}
