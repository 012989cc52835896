using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>The noise of several pictures at once: row k comes from source k, so that every picture gets what it would get alone.</summary>
/// <param name="sources">One per row, in order.</param>
public sealed class BatchNoise(IReadOnlyList<INoiseSource> sources) : INoiseSource
{
    /// <inheritdoc/>
    public Tensor Next(Tensor like)
    {
        ArgumentNullException.ThrowIfNull(like);
        if (like.shape[0] != sources.Count)
            throw new ArgumentException($"A batch of {like.shape[0]} needs as many noise sources, not {sources.Count}.", nameof(like));
        using var scope = NewDisposeScope();
        return cat([.. sources.Select((source, row) => source.Next(like.narrow(0, row, 1)))], dim: 0).MoveToOuterDisposeScope();
    }
}
