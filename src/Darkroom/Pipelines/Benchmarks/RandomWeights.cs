using Darkroom.Checkpoints;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Benchmarks;

/// <summary>Weights for measuring: random numbers, small enough that every network stays finite, for any keys and sizes.</summary>
internal sealed class RandomWeights : ITensorSource
{
    private readonly Tensor _numbers;

    /// <summary>For all weights of a network.</summary>
    public RandomWeights(nn.Module network, ScalarType dtype)
    {
        Tensors = network.state_dict().ToDictionary(entry => entry.Key, entry => new TensorInfo(entry.Key, entry.Value.shape, dtype), StringComparer.Ordinal);
        using var scope = NewDisposeScope();
        using var generator = new Generator(0, CPU);
        _numbers = (0.02 * randn([Tensors.Values.Max(tensor => tensor.Count)], generator: generator)).to(dtype).MoveToOuterDisposeScope();
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public Tensor Read(string name)
    {
        var info = Tensors[name];
        using var part = _numbers.narrow(0, 0, info.Count);
        return part.reshape([.. info.Shape]);
    }

    public void Dispose() => _numbers.Dispose();
}
