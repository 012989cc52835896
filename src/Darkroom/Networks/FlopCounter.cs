using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using Darkroom.Networks.TextEncoders;
using static TorchSharp.torch;

namespace Darkroom.Networks;

/// <summary>
/// Counts the arithmetic of a network's calls while it exists: two operations for each multiply-and-add of convolutions, linear layers and attention;
/// norms and activations are not counted, as is usual.
/// </summary>
internal sealed class FlopCounter : IDisposable
{
    private readonly List<Action> _removals = [];

    public FlopCounter(Network network)
    {
        foreach (var module in network.modules())
        {
            switch (module)
            {
                case LinearLayer or Convolution2d:
                    var layer = (WeightedLayer)module;
                    _removals.Add(layer.register_forward_hook((_, _, result) => Count(result, result.numel() * layer.InputsPerOutput)).remove);
                    break;
                case ClipTextAttention attention:
                    _removals.Add(attention.register_forward_hook((_, x, result) => Count(result, 2 * x.numel() * x.shape[1])).remove);
                    break;
                case Attention attention:
                    _removals.Add(attention.register_forward_hook((_, x, context, result) => Count(result, Products(x, context))).remove);
                    break;
            }
        }
    }

    /// <summary>Operations so far.</summary>
    public long Flops { get; private set; }

    public void Dispose()
    {
        foreach (var remove in _removals) remove();
    }

    // Scores and weighted sums: each token of x with each of the context, over the whole width, twice.
    private static long Products(Tensor x, Tensor? context)
    {
        long tokens = x.dim() == 4 ? x.shape[2] * x.shape[3] : x.shape[1];
        return 2 * x.numel() * (context?.shape[1] ?? tokens);
    }

    private Tensor Count(Tensor result, long multiplications)
    {
        Flops += 2 * multiplications;
        return result;
    }
}
