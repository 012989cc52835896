using Darkroom.Networks.Layers;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Networks;

/// <summary>
/// A network whose weights are keyed as in the diffusers layout. Built on the <c>meta</c> device it has shapes only: it costs no memory and draws no numbers,
/// and its weights are put in by a checkpoint loader, one by one, without a second copy. Built on another device, its weights are drawn for training from nothing.
/// </summary>
public abstract class Network : nn.Module
{
    private WeightedLayer? _first;

    private protected Network(string name, LayerOptions options) : base(name)
    {
        NativeAllocator.KeepFreedMemory();
        Options = options;
    }

    private protected LayerOptions Options { get; }

    /// <summary>What it computes in: the dtype of its weights.</summary>
    public ScalarType Dtype => (_first ??= modules().OfType<WeightedLayer>().First()).Dtype;

    /// <summary>Draws fresh weights for training from nothing; residual branches that the papers start at zero are zeroed.</summary>
    /// <param name="generator">Where to draw; null is the global generator.</param>
    public void InitialiseWeights(Generator? generator = null)
    {
        foreach (var layer in modules().OfType<WeightedLayer>()) layer.Initialise(generator);
        foreach (var layer in ZeroInitialised()) layer.InitialiseZero();
    }

    /// <summary>Frees the weights and returns their memory to the system.</summary>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) NativeAllocator.GiveBack();
    }

    /// <summary>The layers that start at zero when a network is trained from nothing.</summary>
    private protected virtual IEnumerable<WeightedLayer> ZeroInitialised() => [];

    /// <summary>To be called at the end of a constructor, when every field is set.</summary>
    private protected void Complete()
    {
        RegisterComponents();
        if (!Options.IsMeta) InitialiseWeights();
    }
}
