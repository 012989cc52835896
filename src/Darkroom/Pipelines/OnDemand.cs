namespace Darkroom.Pipelines;

/// <summary>A network that is loaded when it is first needed and kept, or given back after use where memory is short.</summary>
/// <param name="load">Makes it.</param>
/// <param name="keep">Whether it stays between uses.</param>
internal sealed class OnDemand<T>(Func<T> load, bool keep) : IDisposable
    where T : class, IDisposable
{
    private T? _value;

    /// <summary>Lends the network.</summary>
    /// <param name="use">What to do with it.</param>
    /// <param name="release">Whether it may be given back afterwards, where it isn't to be kept.</param>
    public TResult Use<TResult>(Func<T, TResult> use, bool release = true)
    {
        try
        {
            return use(_value ??= load());
        }
        finally
        {
            if (release) Release();
        }
    }

    /// <summary>Gives the network back, where it isn't to be kept.</summary>
    public void Release()
    {
        if (!keep) Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _value?.Dispose();
        _value = null;
    }
}
