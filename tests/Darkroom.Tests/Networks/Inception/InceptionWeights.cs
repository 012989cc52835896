using Darkroom.Checkpoints;
using Darkroom.Networks.Inception;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Inception;

/// <summary>Weights in the layout of the public file, of random numbers that keep the size of what passes through them.</summary>
internal static class InceptionWeights
{
    public static MemoryTensorSource Random(Generator generator)
    {
        using var shapes = new InceptionV3(device: META);
        return new(shapes.state_dict().ToDictionary(s => s.Key, s => Draw(s.Key, s.Value.shape, generator), StringComparer.Ordinal));
    }

    private static Tensor Draw(string name, long[] shape, Generator generator)
    {
        if (shape.Length > 1)
        {
            double inputs = shape.Skip(1).Aggregate(1.0, (product, n) => product * n);
            return randn(shape, generator: generator).mul_(Math.Sqrt(2 / inputs)).DetachFromDisposeScope();
        }
        // Scales and variances about 1, shifts and means about 0.
        double around = name.EndsWith("bn.weight", StringComparison.Ordinal) || name.EndsWith("running_var", StringComparison.Ordinal) ? 1 : 0;
        return rand(shape, generator: generator).mul_(0.2).add_(around - 0.1).DetachFromDisposeScope();
    }
}
