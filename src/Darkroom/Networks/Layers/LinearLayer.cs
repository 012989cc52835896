using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>y = x W^T + b over the last dimension; W is [outputs, inputs].</summary>
internal sealed class LinearLayer(long inputs, long outputs, LayerOptions options, bool bias = true)
    : WeightedLayer(nameof(LinearLayer), [outputs, inputs], bias ? outputs : 0, options)
{
    public override Tensor forward(Tensor x) => nn.functional.linear(x, Weight, Bias);
}
