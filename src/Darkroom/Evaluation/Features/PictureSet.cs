using Darkroom.Imaging;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Features;

/// <summary>The pictures of a folder and of the folders in it, as a set to measure.</summary>
public sealed class PictureSet
{
    private const int MostProblems = 20;

    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"];

    private readonly IReadOnlyList<string> _files;

    private PictureSet(IReadOnlyList<string> files) => _files = files;

    /// <summary>How many pictures there are.</summary>
    public int Count => _files.Count;

    /// <summary>Finds the pictures, in the order of their names.</summary>
    /// <exception cref="DarkroomException">NotFound: no such folder, or no pictures in it.</exception>
    public static PictureSet Open(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        if (!Directory.Exists(folder)) throw new DarkroomException(ErrorKind.NotFound, "There is no such folder of pictures.", folder);
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0) throw new DarkroomException(ErrorKind.NotFound, $"There are no pictures ({string.Join(", ", Extensions)}) in this folder.", folder);
        return new(files);
    }

    /// <summary>Features of every picture, in order; pictures may be of several sizes, and transparency is dropped, as pytorch-fid does both.</summary>
    /// <param name="extractor">The network.</param>
    /// <param name="batch">How many pictures of one size are computed at once, at most.</param>
    /// <param name="report">Told how many pictures are done; may be null.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <returns>[N, D] and [N, K]; the caller owns them.</returns>
    /// <exception cref="DarkroomException">BadFile, with the files that cannot be read: a set with holes has no figure.</exception>
    public PictureFeatures Extract(IFeatureExtractor extractor, int batch = 16, Action<int>? report = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(extractor);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var parts = new List<PictureFeatures>();
        int done = 0;
        foreach (var pictures in Batches(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var part = extractor.Extract(ToTensor(pictures));
            parts.Add(new(part.Features.MoveToOuterDisposeScope(), part.Logits?.MoveToOuterDisposeScope()));
            report?.Invoke(done += pictures.Count);
        }
        var logits = parts[0].Logits is null ? null : cat([.. parts.Select(p => p.Logits!)]);
        return new(cat([.. parts.Select(p => p.Features)]).MoveToOuterDisposeScope(), logits?.MoveToOuterDisposeScope());
    }

    /// <summary>Neighbours of one size.</summary>
    private IEnumerable<IReadOnlyList<Picture>> Batches(int most)
    {
        var batch = new List<Picture>();
        var problems = new List<Problem>();
        foreach (string file in _files)
        {
            if (TryLoad(file, problems) is not { } picture) continue;
            if (batch.Count == most || (batch.Count > 0 && (batch[0].Width, batch[0].Height) != (picture.Width, picture.Height)))
            {
                yield return batch;
                batch = [];
            }
            batch.Add(picture);
        }
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, problems);
        yield return batch;
    }

    private static Picture? TryLoad(string file, List<Problem> problems)
    {
        try
        {
            var picture = Picture.Load(file).Convert(PixelFormat.Rgb);
            return problems.Count == 0 ? picture : null;
        }
        catch (DarkroomException unreadable)
        {
            problems.AddRange(unreadable.Problems);
            return problems.Count < MostProblems ? null : throw new DarkroomException(ErrorKind.BadFile, problems);
        }
    }

    private static Tensor ToTensor(IReadOnlyList<Picture> pictures)
    {
        int length = pictures[0].Pixels.Length;
        var values = new float[pictures.Count * length];
        for (int i = 0; i < pictures.Count; i++) PixelRange.ToUnit(pictures[i].Pixels, values.AsSpan(i * length, length));
        return tensor(values, [pictures.Count, pictures[0].Height, pictures[0].Width, 3]).permute(0, 3, 1, 2).contiguous();
    }
}
