namespace Darkroom.Checkpoints.Layouts;

/// <summary>How a tensor of the original layout looks in the diffusers layout.</summary>
internal enum KeyForm
{
    /// <summary>Alike.</summary>
    Same,

    /// <summary>A 1x1 convolution [O,I,1,1] is a matrix [O,I].</summary>
    Pointwise,

    /// <summary>A matrix is transposed.</summary>
    Transposed,

    /// <summary>The first, second or third part of the rows.</summary>
    Third,

    /// <summary>A convolution of width 1 over a sequence [O,I,1] is a matrix [O,I].</summary>
    Sequence,

    /// <summary>The q, k or v part of such a convolution, whose rows are [head][q, k, v][channel]; with one head it is a third of the rows.</summary>
    HeadPart,
}

/// <summary>
/// What begins with <paramref name="Original"/> in the original layout begins with <paramref name="Diffusers"/> in the diffusers
/// layout; both end at a point of the key.
/// The longest rule that fits a key counts.
/// </summary>
internal sealed record KeyRule(string Original, string Diffusers, KeyForm Form = KeyForm.Same, int Part = 0)
{
    /// <summary>Of <see cref="KeyForm.HeadPart"/>: how many heads.</summary>
    public int Heads { get; init; } = 1;
}

/// <summary>The keys of one network in both layouts, as a list of rules that is read from left to right and from right to left.</summary>
/// <param name="rules">Read in both directions.</param>
/// <param name="ignored">Keys of either layout that are no weights of the network.</param>
/// <param name="former">Rules for names that some original files have, read from left to right only.</param>
internal sealed class KeyMap(IReadOnlyList<KeyRule> rules, IReadOnlyList<string> ignored, IReadOnlyList<KeyRule>? former = null)
{
    private readonly ILookup<string, KeyRule> _byOriginal = rules.Concat(former ?? []).ToLookup(r => r.Original, StringComparer.Ordinal);
    private readonly ILookup<string, KeyRule> _byDiffusers = rules.ToLookup(r => r.Diffusers, StringComparer.Ordinal);
    private readonly HashSet<string> _ignored = new(ignored, StringComparer.Ordinal);

    /// <summary>
    /// The tensors under a prefix of an original file, in the diffusers layout. Keys without a rule keep their name, so that they are
    /// reported where the network is filled.
    /// </summary>
    public IEnumerable<DerivedTensor> ToDiffusers(ITensorSource original, string prefix)
    {
        foreach (var stored in original.Tensors.Values.Where(t => t.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            string key = stored.Name[prefix.Length..];
            if (IsIgnored(key)) continue;
            var (found, end) = Longest(_byOriginal, key);
            if (found.Length == 0) yield return DerivedTensor.Same(key, stored);
            foreach (var rule in found) yield return ToDiffusers(rule, rule.Diffusers + end, stored);
        }
    }

    /// <summary>The tensors of a network in the diffusers layout, in the original one.</summary>
    public IEnumerable<DerivedTensor> ToOriginal(ITensorSource diffusers, string prefix)
    {
        foreach (var stored in diffusers.Tensors.Values)
        {
            if (IsIgnored(stored.Name)) continue;
            var (found, end) = Longest(_byDiffusers, stored.Name);
            if (found.Length == 0)
                throw new DarkroomException(ErrorKind.ModelMismatch,
                    "This tensor has no place in the original single-file layout.", stored.Name);
            var rule = found[0];
            if (rule.Form is KeyForm.Third or KeyForm.HeadPart)
            {
                if (rule.Part == 0) yield return Fused(rule, stored, diffusers, prefix);
            }
            else
            {
                yield return ToOriginal(rule.Form, prefix + rule.Original + end, stored);
            }
        }
    }

    private static DerivedTensor ToDiffusers(KeyRule rule, string name, TensorInfo stored) => (rule.Form, stored.Shape.Count) switch
    {
        (KeyForm.Pointwise, 4) when stored.Shape[2] == 1 && stored.Shape[3] == 1 =>
            new(stored with { Name = name, Shape = [stored.Shape[0], stored.Shape[1]] }, Derivation.Reshape, [stored.Name]),
        (KeyForm.Transposed, 2) => new(stored with { Name = name, Shape = [stored.Shape[1], stored.Shape[0]] }, Derivation.Transpose, [stored.Name]),
        (KeyForm.Sequence, 3) when stored.Shape[2] == 1 =>
            new(stored with { Name = name, Shape = [stored.Shape[0], stored.Shape[1]] }, Derivation.Reshape, [stored.Name]),
        (KeyForm.HeadPart, 1 or 3) when stored.Shape[0] % (3 * rule.Heads) == 0 && (stored.Shape.Count == 1 || stored.Shape[2] == 1) =>
            new(stored with { Name = name, Shape = [stored.Shape[0] / 3, .. stored.Shape.Skip(1).Take(1)] }, Derivation.HeadPart, [stored.Name], rule.Part)
            {
                Heads = rule.Heads,
            },
        (KeyForm.Third, > 0) when stored.Shape[0] % 3 == 0 =>
            new(stored with { Name = name, Shape = [stored.Shape[0] / 3, .. stored.Shape.Skip(1)] }, Derivation.Rows,
            [stored.Name], rule.Part * (stored.Shape[0] / 3)),
        _ => DerivedTensor.Same(name, stored),
    };

    private static DerivedTensor ToOriginal(KeyForm form, string name, TensorInfo stored) => (form, stored.Shape.Count) switch
    {
        (KeyForm.Pointwise, 2) => new(stored with { Name = name, Shape = [.. stored.Shape, 1, 1] }, Derivation.Reshape, [stored.Name]),
        (KeyForm.Sequence, 2) => new(stored with { Name = name, Shape = [.. stored.Shape, 1] }, Derivation.Reshape, [stored.Name]),
        (KeyForm.Transposed, 2) => new(stored with { Name = name, Shape = [stored.Shape[1], stored.Shape[0]] }, Derivation.Transpose, [stored.Name]),
        _ => DerivedTensor.Same(name, stored),
    };

    private DerivedTensor Fused(KeyRule rule, TensorInfo first, ITensorSource diffusers, string prefix)
    {
        string[] parts = [.. _byOriginal[rule.Original].OrderBy(r => r.Part).Select(r => r.Diffusers)];
        var missing = parts.Where(p => !diffusers.Tensors.TryGetValue(p, out var info) || info.Dtype != first.Dtype
            || !info.Shape.SequenceEqual(first.Shape)).ToArray();
        if (missing.Length > 0)
            throw new DarkroomException(ErrorKind.ModelMismatch,
                [.. missing.Select(m => new Problem($"It is missing, or not like {first.Name}.", m))]);
        long[] shape = [3 * first.Shape[0], .. first.Shape.Skip(1)];
        return rule.Form == KeyForm.HeadPart
            ? new(new TensorInfo(prefix + rule.Original, shape.Length == 1 ? shape : [.. shape, 1], first.Dtype), Derivation.HeadStack, parts) { Heads = rule.Heads }
            : new(new TensorInfo(prefix + rule.Original, shape, first.Dtype), Derivation.Stack, parts);
    }

    private bool IsIgnored(string key) => _ignored.Contains(key);

    /// <summary>The rules for the longest beginning of a key, and what follows it (with its point).</summary>
    private static (KeyRule[] Rules, string End) Longest(ILookup<string, KeyRule> rules, string key)
    {
        for (int end = key.Length; end > 0; end = key.LastIndexOf('.', end - 1))
        {
            var found = rules[key[..end]];
            if (found.Any()) return ([.. found], key[end..]);
        }
        return ([], key);
    }
}
