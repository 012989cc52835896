using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>
/// softmax(q k^T / sqrt(d)) v by three operators, for training on a processor: there the gradient of the fused operator is several times slower than
/// theirs, and at the sizes of small networks the scores fit into memory.
/// </summary>
public sealed class UnfusedAttention : IAttentionProcessor
{
    /// <inheritdoc/>
    public Tensor Attend(AttentionSite site, Tensor query, Tensor key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(query);
        using var scope = NewDisposeScope();
        var (q, k) = site.Upcast ? (query.@float(), key.@float()) : (query, key);
        return matmul(Probabilities(q, k, mask: null).to(value.dtype), value).MoveToOuterDisposeScope();
    }

    /// <summary>softmax(q k^T / sqrt(d) + mask); the smaller factor is scaled, not the scores.</summary>
    internal static Tensor Probabilities(Tensor query, Tensor key, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var scores = matmul(query / Math.Sqrt(query.shape[^1]), key.transpose(-2, -1));
        return nn.functional.softmax(mask is null ? scores : scores + mask, dim: -1).MoveToOuterDisposeScope();
    }
}
