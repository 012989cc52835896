using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>Two-dimensional convolution with a square kernel; W is [outputs, inputs / groups, kernel, kernel], held channels-last.</summary>
internal sealed class Convolution2d(
    long inputs, long outputs, int kernel, LayerOptions options, int stride = 1, int padding = 0, bool bias = true, long groups = 1)
    : WeightedLayer(nameof(Convolution2d), [outputs, inputs / groups, kernel, kernel], bias ? outputs : 0, options)
{
    public override Tensor forward(Tensor x) =>
        nn.functional.conv2d(x, Weight, Bias, strides: [stride, stride], padding: [padding, padding], groups: groups);

    protected override Tensor Allocate(long[] shape, LayerOptions options)
    {
        using var last = empty([shape[0], shape[2], shape[3], shape[1]], options.Dtype, options.Device);
        return last.permute(0, 3, 1, 2);
    }
}
