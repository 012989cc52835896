using Darkroom.Diffusion;
using TorchSharp;

namespace Darkroom.Samplers;

/// <summary>
/// What one run of a sampler remembers between evaluations: the newest predictions (multistep methods) and the x that a
/// step began with (single-step methods of higher order). It owns what it keeps.
/// </summary>
internal sealed class SamplerMemory : IDisposable
{
    private readonly List<(NoisePoint At, torch.Tensor Value)> _values = [];
    private readonly Dictionary<string, torch.Tensor> _slots = [];

    /// <summary>How many predictions are kept.</summary>
    public int Count => _values.Count;

    /// <summary>The prediction of <paramref name="age"/> evaluations ago; 0 is the newest.</summary>
    public (NoisePoint At, torch.Tensor Value) this[int age] => _values[^(age + 1)];

    /// <summary>Keeps a prediction and drops those beyond <paramref name="capacity"/>.</summary>
    public void Push(NoisePoint at, torch.Tensor value, int capacity)
    {
        _values.Add((at, Hold(value)));
        while (_values.Count > capacity)
        {
            _values[0].Value.Dispose();
            _values.RemoveAt(0);
        }
    }

    /// <summary>Keeps a tensor under a name until it is replaced.</summary>
    public void Set(string name, torch.Tensor value)
    {
        var held = Hold(value);
        if (_slots.Remove(name, out var old)) old.Dispose();
        _slots[name] = held;
    }

    /// <summary>The tensor kept under a name; the calling sampler has set it before.</summary>
    public torch.Tensor Get(string name) => _slots[name];

    public void Dispose()
    {
        foreach (var (_, value) in _values) value.Dispose();
        foreach (var value in _slots.Values) value.Dispose();
        _values.Clear();
        _slots.Clear();
    }

    // An alias shares the storage, so that the step's own scope may dispose its handle.
    private static torch.Tensor Hold(torch.Tensor value) => value.alias().DetachFromDisposeScope();
}
