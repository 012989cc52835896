using Darkroom.Networks.Kernels;
using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>Group normalisation (Wu and He 2018, arXiv:1803.08494) over [N, C, ...]; statistics are taken in float32 whatever the dtype.</summary>
internal sealed class GroupNormalisation(int groups, long channels, double epsilon, LayerOptions options)
    : WeightedLayer(nameof(GroupNormalisation), [channels], channels, options)
{
    /// <summary>How many groups the channels are divided into.</summary>
    public int Groups { get; } = groups;

    /// <summary>Statistics to gather, or to normalise with in place of those of the input; null in the usual case.</summary>
    public GroupStatistics? Statistics { get; set; }

    public override Tensor forward(Tensor x)
    {
        Statistics?.Gather(x);
        if (Statistics is { AreKnown: true } whole) return whole.Normalise(x, Weight, Bias!, epsilon);
        return GroupNormKernel.Supports(x)
            ? GroupNormKernel.Normalise(x, null, Groups, Weight, Bias!, epsilon, silu: false)
            : nn.functional.group_norm(x, Groups, Weight, Bias, epsilon);
    }

    /// <summary>silu of the normalised picture, in one pass where that is possible.</summary>
    /// <param name="x">[B, C, H, W].</param>
    /// <param name="added">[B, C] to be added to every pixel first, or null.</param>
    public Tensor WithSilu(Tensor x, Tensor? added = null)
    {
        if (Statistics is null && GroupNormKernel.Supports(x))
            return GroupNormKernel.Normalise(x, added, Groups, Weight, Bias!, epsilon, silu: true);
        using var scope = NewDisposeScope();
        var sum = added is null ? x : x + added.unsqueeze(-1).unsqueeze(-1);
        return nn.functional.silu(forward(sum)).MoveToOuterDisposeScope();
    }

    public override void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        Weight.fill_(1);
        Bias!.zero_();
    }
}
