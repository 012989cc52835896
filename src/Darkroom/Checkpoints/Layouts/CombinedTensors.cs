using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>Several sources of different names as one; they stay their owners'.</summary>
internal sealed class CombinedTensors : ITensorSource
{
    private readonly Dictionary<string, ITensorSource> _places;

    public CombinedTensors(IEnumerable<ITensorSource> sources)
    {
        _places = sources.SelectMany(s => s.Tensors.Keys.Select(k => (k, s))).ToDictionary(p => p.k, p => p.s, StringComparer.Ordinal);
        Tensors = _places.ToDictionary(p => p.Key, p => p.Value.Tensors[p.Key], StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public Tensor Read(string name) => _places[name].Read(name);

    public void Release(string name) => _places[name].Release(name);

    public void Dispose()
    {
    }
}
