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
        return nn.functional.group_norm(x, Groups, Weight, Bias, epsilon);
    }

    public override void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        Weight.fill_(1);
        Bias!.zero_();
    }
}
