using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>How a tensor is made of stored ones.</summary>
internal enum Derivation
{
    /// <summary>The same numbers, perhaps under other sizes (a 1x1 convolution seen as a matrix).</summary>
    Reshape,

    /// <summary>A matrix with rows and columns exchanged.</summary>
    Transpose,

    /// <summary>Some rows of a larger one.</summary>
    Rows,

    /// <summary>Several, one under the other.</summary>
    Stack,

    /// <summary>The q, k or v part of an attention's projections stored together, [head][q, k, v][channel].</summary>
    HeadPart,

    /// <summary>Those three put together again.</summary>
    HeadStack,

    /// <summary>0, 1, 2, ..: made of no stored tensor.</summary>
    Count,
}

/// <summary>One tensor of a <see cref="DerivedTensors"/>.</summary>
internal sealed record DerivedTensor(TensorInfo Info, Derivation How, IReadOnlyList<string> From, long FirstRow = 0)
{
    /// <summary>Of the head forms: how many heads; of a part, its number is FirstRow.</summary>
    public int Heads { get; init; } = 1;

    public static DerivedTensor Same(string name, TensorInfo stored) => new(stored with { Name = name }, Derivation.Reshape, [stored.Name]);
}

/// <summary>The tensors of another source under other names, sizes and divisions; nothing is read before it is asked for.</summary>
internal sealed class DerivedTensors : ITensorSource
{
    private readonly ITensorSource _stored;
    private readonly Dictionary<string, DerivedTensor> _derived;

    /// <param name="stored">Stays its owner's.</param>
    /// <param name="derived">Every tensor to offer.</param>
    public DerivedTensors(ITensorSource stored, IEnumerable<DerivedTensor> derived)
    {
        _stored = stored;
        _derived = derived.ToDictionary(d => d.Info.Name, StringComparer.Ordinal);
        Tensors = _derived.ToDictionary(d => d.Key, d => d.Value.Info, StringComparer.Ordinal);
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    public Tensor Read(string name)
    {
        var derived = _derived[name];
        long[] shape = [.. derived.Info.Shape];
        using var scope = NewDisposeScope();
        var result = derived.How switch
        {
            Derivation.Reshape => _stored.Read(derived.From[0]).view(shape),
            Derivation.Transpose => _stored.Read(derived.From[0]).t().contiguous(),
            Derivation.Rows => _stored.Read(derived.From[0]).narrow(0, derived.FirstRow, shape[0]),
            Derivation.HeadPart => _stored.Read(derived.From[0]).view(derived.Heads, 3, -1, shape.Length == 1 ? 1 : shape[1]).select(1, derived.FirstRow).reshape(shape),
            Derivation.HeadStack => stack([.. derived.From.Select(f => _stored.Read(f)).Select(t => t.view(derived.Heads, t.shape[0] / derived.Heads, -1))], 1).reshape(shape),
            Derivation.Stack => cat([.. derived.From.Select(_stored.Read)], 0),
            _ => arange(derived.Info.Count, derived.Info.Dtype).view(shape),
        };
        return result.MoveToOuterDisposeScope();
    }

    public void Release(string name)
    {
        foreach (string stored in _derived[name].From) _stored.Release(stored);
    }

    public void Dispose()
    {
    }
}
