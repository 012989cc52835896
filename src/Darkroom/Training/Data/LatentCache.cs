using System.Globalization;
using Darkroom.Checkpoints;
using Darkroom.Networks.Autoencoders;
using Darkroom.Text;
using static TorchSharp.torch;

namespace Darkroom.Training.Data;

/// <summary>Pictures encoded once and kept on disk, in float16, so that a latent training doesn't encode them again in every epoch.</summary>
public sealed class LatentCache : ISampleSequence<LatentSample>, IDisposable
{
    private const int Chunk = 64;
    private readonly SafetensorsFile _file;
    private readonly Tensor _latents;
    private readonly int[][] _tokens;
    private readonly EpochOrder _order;

    private LatentCache(SafetensorsFile file, ISampleSequence<string> captions, ITextTokenizer tokenizer, long seed)
    {
        _file = file;
        _latents = file.Read("latents").DetachFromDisposeScope();
        Count = (int)_latents.shape[0];
        _tokens = [.. Enumerable.Range(0, Count).Select(i => tokenizer.Row(captions[i]))];
        _order = new EpochOrder(Count, seed);
    }

    /// <summary>How many pictures there are.</summary>
    public int Count { get; }

    /// <summary>Where the things of each picture are that its words name; null where that isn't wanted.</summary>
    internal ISampleSequence<IReadOnlyList<WordRegion>>? Regions { get; set; }

    /// <inheritdoc/>
    public LatentSample this[long position] => At(_order[position]);

    /// <summary>Picture number <paramref name="index"/>, whatever the order of the epoch.</summary>
    public LatentSample At(int index)
    {
        using var scope = NewDisposeScope();
        return LatentSample.Of(_latents[index].to(ScalarType.Float32), _tokens[index]) with { Regions = Regions?[index] ?? [] };
    }

    /// <summary>Opens a cache, or makes it where there is none or one of another first stage or data set.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">What it depends on besides its size: a digest of the first stage and the data settings.</param>
    /// <param name="autoencoder">The first stage; stays the caller's.</param>
    /// <param name="pictures">What to encode.</param>
    /// <param name="captions">Their words, by the same numbers.</param>
    /// <param name="tokenizer">Makes tokens of the words.</param>
    /// <param name="count">How many pictures.</param>
    /// <param name="seed">Decides the order of the epochs.</param>
    /// <param name="progress">Told how many are encoded.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>The cache, which the caller disposes.</returns>
    public static LatentCache Open(
        string path, string identity, AutoencoderKL autoencoder, ISampleSequence<CaptionedPixels> pictures, ISampleSequence<string> captions,
        ITextTokenizer tokenizer, int count, long seed, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (!IsValid(path, identity, count)) Build(path, identity, autoencoder, pictures, count, progress, cancellation);
        return new LatentCache(SafetensorsFile.Open(path), captions, tokenizer, seed);
    }

    /// <summary>(mean - shift) * scale of one picture after the other, [N, C, h, w].</summary>
    internal static Tensor Encode(AutoencoderKL autoencoder, IReadOnlyList<CaptionedPixels> pictures)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var posterior = autoencoder.Encode(PixelTensors.Stack(pictures));
        return autoencoder.ToLatents(posterior.Mean).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _latents.Dispose();
        _file.Dispose();
    }

    private static bool IsValid(string path, string identity, int count)
    {
        if (!File.Exists(path)) return false;
        using var file = SafetensorsFile.Open(path);
        return file.Metadata.GetValueOrDefault("identity") == identity && file.Tensors.TryGetValue("latents", out var found) && found.Shape[0] == count;
    }

    private static void Build(
        string path, string identity, AutoencoderKL autoencoder, ISampleSequence<CaptionedPixels> pictures, int count, IProgress<long>? progress,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var loader = new PrefetchingLoader<CaptionedPixels>(pictures, Chunk);
        using var held = loader.Hold();
        Tensor? all = null;
        for (int done = 0; done < count; done += Chunk)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var latents = Encode(autoencoder, loader.Next());
            all ??= empty([count, .. latents.shape[1..]], ScalarType.Float16).MoveToOuterDisposeScope();
            int kept = Math.Min(Chunk, count - done);
            all.narrow(0, done, kept).copy_(latents.narrow(0, 0, kept));
            progress?.Report(done + kept);
        }
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["latents"] = all! }, new Dictionary<string, string>
        {
            ["identity"] = identity,
            ["count"] = count.ToString(CultureInfo.InvariantCulture),
        }, overwrite: true);
    }
}
