using Darkroom.Networks.Layers;
using static TorchSharp.torch;

namespace Darkroom.Networks;

/// <summary>
/// A network whose weights are keyed as in the diffusers layout. Built on the <c>meta</c> device it costs no memory; its weights are then assigned
/// one by one, in any order, without a second copy and without drawing random numbers first.
/// </summary>
public abstract class Network : nn.Module
{
    private Dictionary<string, (WeightedLayer Layer, string Name)>? _layers;

    private protected Network(string name, LayerOptions options) : base(name) => Options = options;

    private protected LayerOptions Options { get; }

    /// <summary>The dtype it was built with.</summary>
    public ScalarType Dtype => Options.Dtype;

    /// <summary>Key and sizes of every weight, in the order of the layers.</summary>
    public IReadOnlyList<(string Key, long[] Shape)> WeightShapes => [.. state_dict().Select(entry => (entry.Key, entry.Value.shape))];

    /// <summary>
    /// Puts a value in place of one weight. It is converted to the network's dtype and to the memory layout that the layer computes in;
    /// where neither is needed it is kept as it is, so weights may lie in mapped, read-only memory as long as they are not trained.
    /// </summary>
    /// <param name="key">A key of <see cref="WeightShapes"/>.</param>
    /// <param name="value">Of exactly that weight's sizes, any float dtype; the network owns it from here on.</param>
    /// <exception cref="DarkroomException">The key is unknown or the sizes differ (<see cref="ErrorKind.ModelMismatch"/>).</exception>
    public void AssignWeight(string key, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _layers ??= FindLayers();
        if (!_layers.TryGetValue(key, out var at)) throw new DarkroomException(ErrorKind.ModelMismatch, "The network has no such weight.", key);
        long[] wanted = at.Layer.get_parameter(at.Name)!.shape;
        if (!wanted.SequenceEqual(value.shape))
        {
            throw new DarkroomException(ErrorKind.ModelMismatch,
                $"The weight should have sizes [{string.Join(", ", wanted)}] and has [{string.Join(", ", value.shape)}].", key);
        }
        using var guard = no_grad();
        value.DetachFromDisposeScope();
        var converted = value.to(Options.Dtype).DetachFromDisposeScope();
        if (!ReferenceEquals(converted, value)) value.Dispose();
        at.Layer.Assign(at.Name, converted);
    }

    /// <summary>Draws fresh weights for training from nothing; residual branches that the papers start at zero are zeroed.</summary>
    /// <param name="generator">Where to draw; null is the global generator.</param>
    public void InitialiseWeights(Generator? generator = null)
    {
        foreach (var layer in modules().OfType<WeightedLayer>()) layer.Initialise(generator);
        foreach (var layer in ZeroInitialised()) layer.InitialiseZero();
    }

    /// <summary>The layers that start at zero when a network is trained from nothing.</summary>
    private protected virtual IEnumerable<WeightedLayer> ZeroInitialised() => [];

    /// <summary>To be called at the end of a constructor, when every field is set.</summary>
    private protected void Complete()
    {
        RegisterComponents();
        if (!Options.IsMeta) InitialiseWeights();
    }

    private Dictionary<string, (WeightedLayer, string)> FindLayers()
    {
        var found = new Dictionary<string, (WeightedLayer, string)>(StringComparer.Ordinal);
        foreach (var (path, module) in named_modules())
        {
            if (module is not WeightedLayer layer) continue;
            foreach (var (name, _) in layer.named_parameters(recurse: false)) found[$"{path}.{name}"] = (layer, name);
        }
        return found;
    }
}
