using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>
/// Holds the attention of a word to the thing that it names: L_token = mean over things of (1 - s)^2, where s = sum_{u in M} A(u) / sum_u A(u) is the share of
/// its words' attention A that lies on the thing's mask M (Wang et al. 2024, TokenCompose, arXiv:2312.03626, eq. 3).
/// </summary>
/// <remarks>Without it a small model that has seen few pictures mixes two things: nothing tells a word which of the two is its own.</remarks>
internal sealed class GroundingLoss
{
    private readonly Tensor _tokens;
    private readonly Tensor _masks;
    private readonly Tensor _present;

    /// <summary>The truth of a batch; its tensors belong to the caller's dispose scope.</summary>
    /// <param name="batch">Samples with regions.</param>
    /// <param name="dropped">Samples without their words say nothing.</param>
    private GroundingLoss(IReadOnlyList<LatentSample> batch, IReadOnlyList<bool> dropped)
    {
        var first = batch[0];
        int things = batch.Max(s => s.Regions.Count), row = first.Tokens.Count, plane = first.Height * first.Width;
        var tokens = new float[batch.Count * things * row];
        var masks = new float[batch.Count * things * plane];
        var present = new float[batch.Count * things];
        for (int b = 0; b < batch.Count; b++)
        {
            for (int i = 0; i < batch[b].Regions.Count && !dropped[b]; i++)
            {
                int at = b * things + i;
                present[at] = 1;
                foreach (int token in batch[b].Regions[i].Tokens) tokens[at * row + token] = 1;
                for (int u = 0; u < plane; u++) masks[at * plane + u] = batch[b].Regions[i].Mask[u];
            }
        }
        _tokens = tensor(tokens, [batch.Count, things, row]);
        _masks = tensor(masks, [batch.Count, things, first.Height, first.Width]);
        _present = tensor(present, [batch.Count, things]);
    }

    /// <summary>The truth of a batch, or null where it has none.</summary>
    public static GroundingLoss? Of(IReadOnlyList<LatentSample> batch, IReadOnlyList<bool> dropped)
    {
        for (int b = 0; b < batch.Count; b++)
            if (!dropped[b] && batch[b].Regions.Count > 0) return new GroundingLoss(batch, dropped);
        return null;
    }

    /// <summary>L_token, the mean over the layers, and the mean of s: [] each, of the caller's dispose scope.</summary>
    /// <param name="maps">Attention of each layer, [B, N, M], float32; N are the latents' places, halved as often as the layer lies deep.</param>
    public (Tensor Loss, Tensor Share) Of(IReadOnlyList<Tensor> maps)
    {
        using var scope = NewDisposeScope();
        var things = _present.sum();
        Tensor loss = zeros([]), share = zeros([]);
        foreach (var map in maps)
        {
            var attention = matmul(map, _tokens.transpose(1, 2)).transpose(1, 2); // [B, things, N]
            var inside = (attention * MaskOf(map.shape[1])).sum(-1);
            var s = inside / attention.sum(-1).clamp_min(1e-6f);
            loss = loss + ((1 - s).square() * _present).sum() / (things * maps.Count);
            share = share + (s.detach() * _present).sum() / (things * maps.Count);
        }
        return (loss.MoveToOuterDisposeScope(), share.MoveToOuterDisposeScope());
    }

    /// <summary>The masks at a layer's places, [B, things, N]: 1 where at least half as much is covered as where most is.</summary>
    private Tensor MaskOf(long places)
    {
        long height = _masks.shape[2], width = _masks.shape[3], factor = (long)Math.Round(Math.Sqrt(height * width / (double)places));
        if (factor == 1) return _masks.flatten(2);
        var coarse = nn.functional.avg_pool2d(_masks, factor).flatten(2);
        return coarse.ge(coarse.amax([-1], keepdim: true) / 2).to(ScalarType.Float32);
    }
}
