using static TorchSharp.torch;

namespace Darkroom.Networks.Unet;

/// <summary>The results on the way down that are taken again on the way up, last in first out; owns them.</summary>
internal sealed class UnetSkips(UnetConditioning? extra)
{
    private readonly Stack<Tensor> _skips = new();
    private int _level;

    public int Count => _skips.Count;

    /// <summary>All of them, in the order in which they were pushed.</summary>
    public IEnumerable<Tensor> InOrder => _skips.Reverse();

    /// <summary>Height and width of the next one to be taken.</summary>
    public (long Height, long Width) NextSize => (_skips.Peek().shape[2], _skips.Peek().shape[3]);

    public Tensor Push(Tensor hidden)
    {
        _skips.Push(hidden);
        return hidden;
    }

    public Tensor Pop() => _skips.Pop();

    /// <summary>Adds the adapter's residual of the level, where there is one.</summary>
    public Tensor AddLevelResidual(Tensor hidden)
    {
        int level = _level++;
        if (extra?.LevelResiduals is not { } residuals || level >= residuals.Count) return hidden;
        using var before = hidden;
        using var residual = residuals[level].to(before.dtype);
        return before + residual;
    }

    /// <summary>Adds ControlNet's residuals, one for each skip, in the order in which they were pushed.</summary>
    public void AddDownResiduals()
    {
        if (extra?.DownResiduals is not { } residuals) return;
        if (residuals.Count != _skips.Count)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest,
                $"The network has {_skips.Count} skip connections and was given {residuals.Count} residuals for them.");
        }
        var skips = _skips.Reverse().ToArray();
        _skips.Clear();
        for (int i = 0; i < skips.Length; i++)
        {
            using var residual = residuals[i].to(skips[i].dtype);
            _skips.Push(skips[i] + residual);
        }
    }
}
