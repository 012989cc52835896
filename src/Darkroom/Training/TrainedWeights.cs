using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>The weights that a training changes: float32 masters, and the parameters of the network, which may be bfloat16 copies of them.</summary>
/// <remarks>Storing weights in bfloat16 loses small steps; computing in bfloat16 doesn't. Where the network is float32, its parameters are the masters.</remarks>
internal sealed class TrainedWeights : IDisposable
{
    private readonly Parameter[] _parameters;
    private readonly Tensor[] _masters;

    /// <param name="weights">Names and parameters; they stay the network's.</param>
    public TrainedWeights(IEnumerable<(string Name, Parameter Parameter)> weights)
    {
        var list = weights.ToList();
        Names = [.. list.Select(w => w.Name)];
        _parameters = [.. list.Select(w => w.Parameter)];
        using var scope = NewDisposeScope();
        _masters = [.. _parameters.Select(p => (p.dtype == ScalarType.Float32 ? p.detach() : p.detach().to(ScalarType.Float32)).DetachFromDisposeScope())];
    }

    /// <summary>Names, in the order of all lists here.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The float32 weights that the optimiser changes.</summary>
    public IReadOnlyList<Tensor> Masters => _masters;

    /// <summary>The masters by name; they stay this object's.</summary>
    public IReadOnlyDictionary<string, Tensor> ByName() => Names.Zip(_masters).ToDictionary(w => w.First, w => w.Second, StringComparer.Ordinal);

    /// <summary>How many numbers are trained.</summary>
    public long Count => _masters.Sum(m => m.numel());

    /// <summary>The gradients in float32, null where a weight took no part; they belong to the caller's dispose scope.</summary>
    public Tensor?[] Gradients() => [.. _parameters.Select(p => p.grad is { } g ? (g.dtype == ScalarType.Float32 ? g : g.to(ScalarType.Float32)) : null)];

    /// <summary>Forgets the gradients.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in _parameters) parameter.grad = null;
    }

    /// <summary>Rounds the masters into the network's parameters; nothing to do where they are the same.</summary>
    public void Publish()
    {
        using var guard = no_grad();
        for (int i = 0; i < _parameters.Length; i++)
            if (_parameters[i].dtype != ScalarType.Float32) _parameters[i].copy_(_masters[i]);
    }

    /// <summary>Puts other values in place until the result is disposed; then the masters are back, bit for bit.</summary>
    /// <param name="values">In the order of <see cref="Names"/>; stay the caller's.</param>
    public IDisposable Exchange(IReadOnlyList<Tensor> values)
    {
        using var guard = no_grad();
        var kept = _masters.Select(m => m.clone().DetachFromDisposeScope()).ToArray();
        CopyIn(values);
        return new Restoration(() =>
        {
            CopyIn(kept);
            foreach (var tensor in kept) tensor.Dispose();
        });
    }

    /// <summary>Sets the masters and publishes them.</summary>
    public void CopyIn(IReadOnlyList<Tensor> values)
    {
        using var guard = no_grad();
        for (int i = 0; i < _masters.Length; i++) _masters[i].copy_(values[i]);
        Publish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var master in _masters) master.Dispose();
    }

    private sealed class Restoration(Action restore) : IDisposable
    {
        private Action? _restore = restore;

        public void Dispose()
        {
            _restore?.Invoke();
            _restore = null;
        }
    }
}
