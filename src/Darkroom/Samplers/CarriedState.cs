using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// The x that a sampler carries from step to step. It owns what it holds and frees it when the next one comes.
/// </summary>
internal sealed class CarriedState(Tensor x) : IDisposable
{
    /// <summary>The present state, borrowed.</summary>
    public Tensor X { get; private set; } = Hold(x);

    /// <summary>Holds the storage of the next state; the handle given stays with its own scope.</summary>
    public void Replace(Tensor next)
    {
        var held = Hold(next);
        X.Dispose();
        X = held;
    }

    /// <summary>The state as a tensor of the caller's dispose scope.</summary>
    public Tensor Result() => X.alias();

    public void Dispose() => X.Dispose();

    private static Tensor Hold(Tensor x) => x.alias().DetachFromDisposeScope();
}
