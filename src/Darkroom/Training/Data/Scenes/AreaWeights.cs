namespace Darkroom.Training.Data.Scenes;

/// <summary>
/// Area averaging along one axis: which source cells a target cell covers, and by how much. Target positions may be fractional, and what lies outside is cut.
/// </summary>
internal sealed class AreaWeights
{
    private readonly float[] _low;
    private readonly float[] _high;
    private readonly float _scale;

    /// <param name="source">Source cells.</param>
    /// <param name="target">Target cells.</param>
    /// <param name="position">Where the source's left end lies, in target cells.</param>
    /// <param name="size">Length of the whole source, in target cells.</param>
    public AreaWeights(int source, int target, float position, float size)
    {
        Start = Math.Clamp((int)MathF.Floor(position), 0, target);
        Count = Math.Max(0, Math.Clamp((int)MathF.Ceiling(position + size), 0, target) - Start);
        _scale = source / size;
        (_low, _high, First, End) = (new float[Count], new float[Count], new int[Count], new int[Count]);
        for (int i = 0; i < Count; i++)
        {
            _low[i] = Math.Clamp((Start + i - position) * _scale, 0, source);
            _high[i] = Math.Clamp((Start + i + 1 - position) * _scale, 0, source);
            First[i] = (int)_low[i];
            End[i] = (int)MathF.Ceiling(_high[i]);
        }
    }

    /// <summary>First target cell that is touched.</summary>
    public int Start { get; }

    /// <summary>How many target cells are touched.</summary>
    public int Count { get; }

    /// <summary>First source cell of each touched target cell.</summary>
    public int[] First { get; }

    /// <summary>One past the last source cell of each touched target cell.</summary>
    public int[] End { get; }

    /// <summary>Share of touched target cell <paramref name="cell"/> that source cell <paramref name="k"/> fills.</summary>
    public float Weight(int cell, int k) => (Math.Min(_high[cell], k + 1) - Math.Max(_low[cell], k)) / _scale;
}
