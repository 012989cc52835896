using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>Group normalisation (Wu and He 2018, arXiv:1803.08494) over [N, C, ...]; statistics are taken in float32 whatever the dtype.</summary>
internal sealed class GroupNormalisation(int groups, long channels, double epsilon, LayerOptions options)
    : WeightedLayer(nameof(GroupNormalisation), [channels], channels, options)
{
    public override Tensor forward(Tensor x) => nn.functional.group_norm(x, groups, Weight, Bias, epsilon);

    public override void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        Weight.fill_(1);
        Bias!.zero_();
    }
}
