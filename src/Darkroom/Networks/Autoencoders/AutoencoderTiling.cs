using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>
/// Encodes and decodes large pictures in overlapping tiles that are blended linearly, so that memory doesn't grow with the picture.
/// </summary>
/// <remarks>
/// The tiles and the blending of diffusers' AutoencoderKL with tiling on. Group norms see one tile at a time, so the result differs
/// a little from that of the whole picture.
/// </remarks>
/// <param name="autoencoder">Who encodes and decodes; not disposed.</param>
public sealed class AutoencoderTiling(AutoencoderKL autoencoder)
{
    /// <summary>Side of a tile in latents.</summary>
    public int LatentTile { get; init; } = Math.Max(1, autoencoder.Config.SampleSize / autoencoder.Config.Factor);

    /// <summary>Part of a tile that overlaps the next, in (0, 1).</summary>
    public double Overlap { get; init; } = 0.25;

    /// <summary>Side of a tile in pixels.</summary>
    public int PictureTile => LatentTile * autoencoder.Config.Factor;

    /// <summary>Pictures from latents, as <see cref="AutoencoderKL.Decode"/>.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    /// <param name="cancel">Looked at before each tile.</param>
    public Tensor Decode(Tensor latents, CancellationToken cancel = default)
    {
        using var z = autoencoder.FromLatents(latents);
        return InTiles(z, LatentTile, PictureTile, autoencoder.DecodeUnscaled, cancel);
    }

    /// <summary>q(z | picture), as <see cref="AutoencoderKL.Encode"/>.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1].</param>
    /// <param name="cancel">Looked at before each tile.</param>
    public DiagonalGaussian Encode(Tensor pictures, CancellationToken cancel = default)
    {
        using var moments = InTiles(pictures, PictureTile, LatentTile, autoencoder.EncodeMoments, cancel);
        return new DiagonalGaussian(moments);
    }

    private Tensor InTiles(Tensor x, int tileIn, int tileOut, Func<Tensor, Tensor> convert, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        int stride = Math.Max(1, (int)(tileIn * (1 - Overlap)));
        int blend = (int)(tileOut * Overlap);
        int kept = tileOut - blend;
        var rows = new List<Tensor>();
        Tensor[] above = [];
        for (long top = 0; top < x.shape[2]; top += stride)
        {
            var row = new List<Tensor>();
            for (long left = 0; left < x.shape[3]; left += stride)
            {
                cancel.ThrowIfCancellationRequested();
                var tile = convert(Cut(x, top, left, tileIn));
                if (above.Length > row.Count) tile = Blend(above[row.Count], tile, blend, dim: 2);
                if (row.Count > 0) tile = Blend(row[^1], tile, blend, dim: 3);
                row.Add(tile);
            }
            above = [.. row];
            rows.Add(cat([.. row.Select(tile => Cut(tile, 0, 0, kept))], dim: 3));
        }
        return cat(rows, dim: 2).MoveToOuterDisposeScope();
    }

    private static Tensor Cut(Tensor x, long top, long left, long side) =>
        x.slice(2, top, Math.Min(top + side, x.shape[2]), 1).slice(3, left, Math.Min(left + side, x.shape[3]), 1);

    /// <summary>Over the first rows (or columns) of <paramref name="next"/>, goes linearly from the last of <paramref name="before"/> to its own.</summary>
    private static Tensor Blend(Tensor before, Tensor next, int extent, int dim)
    {
        long width = Math.Min(extent, Math.Min(before.shape[dim], next.shape[dim]));
        if (width == 0) return next;
        var weight = arange(width, next.dtype, next.device) / width;
        weight = dim == 2 ? weight.reshape(-1, 1) : weight;
        var old = before.slice(dim, before.shape[dim] - width, before.shape[dim], 1);
        var mixed = old * (1 - weight) + next.slice(dim, 0, width, 1) * weight;
        return cat([mixed, next.slice(dim, width, next.shape[dim], 1)], dim);
    }
}
