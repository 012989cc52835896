using Darkroom.Networks.Layers;
using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>
/// Decodes large latents in tiles without seams: attention sees the whole picture, every tile is computed with all the surroundings that its pixels depend on,
/// and all tiles are normalised with the same statistics.
/// </summary>
/// <remarks>
/// A tile's pixels are cut out of a larger tile whose margin is as wide as the convolutions reach, so neighbours agree at their common edge and nothing needs
/// blending. The statistics of the group norms are gathered over all tiles in a first pass, in which each tile is normalised by its own; so they are an estimate,
/// the better the larger the tiles. It takes the memory of one tile, and with two passes and the margins three to four times as long as decoding at once.
/// </remarks>
/// <param name="autoencoder">Who decodes; not disposed. Not to be used from elsewhere meanwhile.</param>
public sealed class SeamlessDecoder(AutoencoderKL autoencoder)
{
    /// <summary>Side of a tile in latents, without its margin.</summary>
    public int LatentTile { get; init; } = 64;

    /// <summary>How far, in latents, a pixel depends on its surroundings: two 3x3 convolutions in each residual block, one after each enlargement, one at the end.</summary>
    public int Margin
    {
        get
        {
            var config = autoencoder.Config;
            int levels = config.BlockOutChannels.Count;
            double reach = Enumerable.Range(0, levels).Sum(level => (2.0 * (config.LayersPerBlock + 1) + (level < levels - 1 ? 0.5 : 1)) / (1 << level));
            return (int)Math.Ceiling(reach);
        }
    }

    /// <summary>Pictures from latents, as <see cref="AutoencoderKL.Decode"/>.</summary>
    /// <param name="latents">[B, C, h, w].</param>
    /// <param name="cancel">Looked at before each tile.</param>
    /// <returns>[B, 3, h Factor, w Factor] in the dtype of the latents; the caller owns it.</returns>
    public Tensor Decode(Tensor latents, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(latents);
        using var scope = NewDisposeScope();
        var decoder = autoencoder.Decoder;
        var hidden = decoder.AtLatentSize(autoencoder.DecoderInput(autoencoder.FromLatents(latents)));
        var norms = decoder.EnlargingNorms.ToList();
        try
        {
            foreach (var norm in norms) norm.Statistics = new GroupStatistics(norm.Groups);
            foreach (var tile in Tiles(hidden))
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var norm in norms) norm.Statistics!.Core = tile.Core;
                decoder.Enlarge(tile.Of(hidden)).Dispose();
            }
            foreach (var norm in norms) norm.Statistics!.Settle();
            return Join(hidden, decoder, latents.dtype, cancel).MoveToOuterDisposeScope();
        }
        finally
        {
            foreach (var norm in norms)
            {
                norm.Statistics?.Dispose();
                norm.Statistics = null;
            }
        }
    }

    private Tensor Join(Tensor hidden, Decoder decoder, ScalarType dtype, CancellationToken cancel)
    {
        int factor = autoencoder.Config.Factor;
        var picture = empty([hidden.shape[0], autoencoder.Config.OutChannels, hidden.shape[2] * factor, hidden.shape[3] * factor], dtype, hidden.device);
        foreach (var tile in Tiles(hidden))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var core = tile.Core;
            picture.narrow(2, (tile.Top + core.Top) * factor, core.Height * factor).narrow(3, (tile.Left + core.Left) * factor, core.Width * factor)
                .copy_(core.Of(decoder.Enlarge(tile.Of(hidden))));
        }
        return picture;
    }

    // A tile with its margin, which ends where the picture does.
    private sealed record Tile(long Top, long Left, long Width, TileCore Core)
    {
        public Tensor Of(Tensor x) => x.narrow(2, Top, Core.TileHeight).narrow(3, Left, Width);
    }

    private IEnumerable<Tile> Tiles(Tensor hidden)
    {
        for (long y = 0; y < hidden.shape[2]; y += LatentTile)
        {
            for (long x = 0; x < hidden.shape[3]; x += LatentTile)
            {
                long height = Math.Min(LatentTile, hidden.shape[2] - y), width = Math.Min(LatentTile, hidden.shape[3] - x);
                long top = Math.Max(0, y - Margin), bottom = Math.Min(hidden.shape[2], y + height + Margin);
                long left = Math.Max(0, x - Margin), right = Math.Min(hidden.shape[3], x + width + Margin);
                yield return new Tile(top, left, right - left, new TileCore(y - top, x - left, height, width, bottom - top));
            }
        }
    }
}
