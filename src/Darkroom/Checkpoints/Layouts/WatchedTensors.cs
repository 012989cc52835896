using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>Another source, counted and stoppable while it is written.</summary>
internal sealed class WatchedTensors(ITensorSource source, Action<long> done, CancellationToken cancellation) : ITensorSource
{
    public IReadOnlyDictionary<string, TensorInfo> Tensors => source.Tensors;

    public Tensor Read(string name)
    {
        cancellation.ThrowIfCancellationRequested();
        return source.Read(name);
    }

    public void Release(string name)
    {
        source.Release(name);
        done(Tensors[name].Bytes);
    }

    public void Dispose()
    {
    }
}
