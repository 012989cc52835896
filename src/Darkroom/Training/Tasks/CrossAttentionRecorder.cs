using Darkroom.Networks.Blocks;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Attention for training, as <see cref="UnfusedAttention"/>, that keeps what each layer of cross-attention looks at, with its gradient.</summary>
internal sealed class CrossAttentionRecorder : IAttentionProcessor
{
    private readonly List<Tensor> _maps = [];
    private bool _recording;

    /// <summary>Begins to record; what is recorded belongs to the dispose scope that is open when the network is called.</summary>
    public void Start()
    {
        _maps.Clear();
        _recording = true;
    }

    /// <summary>Ends recording. Returns softmax(q k^T / sqrt(d)) of each layer, the mean over its heads: [B, N, M], N places of the picture by M tokens.</summary>
    public IReadOnlyList<Tensor> Stop()
    {
        _recording = false;
        Tensor[] maps = [.. _maps];
        _maps.Clear();
        return maps;
    }

    /// <inheritdoc/>
    public Tensor Attend(AttentionSite site, Tensor query, Tensor key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(query);
        using var scope = NewDisposeScope();
        var (q, k) = site.Upcast ? (query.@float(), key.@float()) : (query, key);
        var probabilities = UnfusedAttention.Probabilities(q, k, mask: null);
        if (_recording && site.IsCross) _maps.Add(probabilities.mean([1], type: ScalarType.Float32).DetachFromDisposeScope());
        return matmul(probabilities.to(value.dtype), value).MoveToOuterDisposeScope();
    }
}
