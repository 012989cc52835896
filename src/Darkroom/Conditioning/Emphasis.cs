using static TorchSharp.torch;

namespace Darkroom.Conditioning;

/// <summary>How the weights of a prompt act on the encoder's output.</summary>
public enum Emphasis
{
    /// <summary>Each token's vector is multiplied by its weight, then the whole is scaled back to the mean it had. A1111's default.</summary>
    Original,

    /// <summary>Each token's vector is multiplied by its weight.</summary>
    NoNorm,

    /// <summary>Weights are read from the prompt, but not applied.</summary>
    Ignore,
}

/// <summary>Applies prompt weights to text embeddings.</summary>
public static class EmphasisExtensions
{
    /// <summary>z_w = z * w; with <see cref="Emphasis.Original"/> also times mean(z) / mean(z * w).</summary>
    /// <remarks>As A1111 does it, with one mean over the whole tensor: pass the chunks of one picture at a time, or the pictures of a batch
    /// change each other.</remarks>
    /// <param name="emphasis">The mode.</param>
    /// <param name="context">Encoder output [B, T, C], any float dtype; not disposed.</param>
    /// <param name="weights">Row by row, B rows of T weights.</param>
    /// <returns>[B, T, C], same dtype and device; the caller owns it.</returns>
    public static Tensor Apply(this Emphasis emphasis, Tensor context, IReadOnlyList<IReadOnlyList<double>> weights)
    {
        if (emphasis == Emphasis.Ignore) return context.alias();
        using var scope = NewDisposeScope();
        var factors = tensor(weights.SelectMany(row => row).ToArray(), [weights.Count, weights[0].Count, 1], dtype: ScalarType.Float32)
            .to(context.dtype, context.device);
        var weighted = context * factors;
        if (emphasis == Emphasis.Original) weighted = weighted * (context.mean() / weighted.mean());
        return weighted.MoveToOuterDisposeScope();
    }
}
