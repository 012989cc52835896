using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>Layer normalisation (Ba et al. 2016, arXiv:1607.06450) over the last dimension; statistics are taken in float32 whatever the dtype.</summary>
internal sealed class LayerNormalisation(long width, double epsilon, LayerOptions options)
    : WeightedLayer(nameof(LayerNormalisation), [width], width, options)
{
    public override Tensor forward(Tensor x) => nn.functional.layer_norm(x, Weight.shape, Weight, Bias, epsilon);

    public override void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        Weight.fill_(1);
        Bias!.zero_();
    }
}
