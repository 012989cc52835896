using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>
/// Coefficients that differ from item to item of a batch: taken from a table in float64, then cast once to the dtype of the data.
/// </summary>
internal static class PerItem
{
    /// <summary>table[t_b] for each item b, shaped [B, 1, ..., 1] to multiply <paramref name="like"/>, in its dtype and on its device.</summary>
    /// <param name="table">One number per timestep.</param>
    /// <param name="timesteps">[B], int64.</param>
    /// <param name="like">[B, ...].</param>
    public static Tensor Take(double[] table, Tensor timesteps, Tensor like)
    {
        if (timesteps.dim() != 1 || timesteps.shape[0] != like.shape[0])
            throw new ArgumentException($"There must be one timestep per item, [{like.shape[0]}], but they are [{string.Join(", ", timesteps.shape)}].", nameof(timesteps));
        using var scope = NewDisposeScope();
        var values = tensor(table, ScalarType.Float64).to(timesteps.device).index_select(0, timesteps.to(ScalarType.Int64));
        return Column(values, like).MoveToOuterDisposeScope();
    }

    /// <summary>values[b] for each item b, shaped to multiply <paramref name="like"/>, in its dtype and on its device.</summary>
    public static Tensor Column(Tensor values, Tensor like)
    {
        long[] shape = [like.shape[0], .. Enumerable.Repeat(1L, (int)like.dim() - 1)];
        return values.reshape(shape).to(like.dtype, like.device);
    }

    /// <summary>The mean over all dimensions but the first: [B, ...] to [B].</summary>
    public static Tensor Mean(Tensor x) => x.flatten(1).mean([1]);
}
