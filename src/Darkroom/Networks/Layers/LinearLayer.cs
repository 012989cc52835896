using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>y = x W^T + b over the last dimension; W is [outputs, inputs].</summary>
/// <param name="inputs">Width of x.</param>
/// <param name="outputs">Width of y.</param>
/// <param name="options">Type and place.</param>
/// <param name="bias">Whether there is b.</param>
/// <param name="standardDeviation">Of fresh weights, normally distributed, with b zero; null for the field's usual uniform ones.</param>
internal sealed class LinearLayer(long inputs, long outputs, LayerOptions options, bool bias = true, double? standardDeviation = null)
    : WeightedLayer(nameof(LinearLayer), [outputs, inputs], bias ? outputs : 0, options)
{
    public override void Initialise(Generator? generator)
    {
        if (standardDeviation is not { } deviation)
        {
            base.Initialise(generator);
            return;
        }
        using var guard = no_grad();
        Weight.normal_(0, deviation, generator);
        Bias?.zero_();
    }

    public override Tensor forward(Tensor x) => nn.functional.linear(x, Weight, Bias);
}
