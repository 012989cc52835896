using Darkroom.Imaging;

namespace Darkroom.Training.Data;

/// <summary>
/// Picture files of a folder (and the folders in it) as an endless training sequence: in another order each epoch, brought to one size, with their captions.
/// </summary>
/// <remarks>
/// A file that can't be read is named once, skipped and counted; the next readable one takes its place. Everything about sample p depends on (seed, p) alone.
/// </remarks>
public sealed class PictureFolder : ISampleSequence<CaptionedPixels>
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"];

    private readonly IReadOnlyList<(string Path, string Caption)> _pictures;
    private readonly Dictionary<string, int> _classes;
    private readonly DataSettings _settings;
    private readonly EpochOrder _order;
    private readonly long _seed;
    private readonly Action<Problem>? _warn;
    private readonly HashSet<string> _skipped = new(StringComparer.Ordinal);

    private PictureFolder(
        IReadOnlyList<(string Path, string Caption)> pictures, IReadOnlyList<string> classes, DataSettings settings, long seed, Action<Problem>? warn)
    {
        (_pictures, Classes, _settings, _order, _seed, _warn) = (pictures, classes, settings, new EpochOrder(pictures.Count, seed), seed, warn);
        _classes = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
    }

    /// <summary>Names of the classes, the folders directly in this one, in alphabetical order; empty where there are none.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>How many files there are, readable or not.</summary>
    public int Count => _pictures.Count;

    /// <summary>How many files turned out to be unreadable so far.</summary>
    public int Skipped
    {
        get
        {
            lock (_skipped) return _skipped.Count;
        }
    }

    /// <summary>Opens a folder and divides it into pictures to train on and pictures for evaluation.</summary>
    /// <param name="settings">Which folder, and what becomes of its pictures.</param>
    /// <param name="seed">Decides order, crops, flips and the division.</param>
    /// <param name="warn">Told of files that can't be read, on a background thread; may be null.</param>
    /// <exception cref="DarkroomException">NotFound: no such folder, or no pictures in it. BadFile: captions are required and missing, all named.</exception>
    public static (PictureFolder Training, PictureFolder HeldOut) Open(DataSettings settings, long seed, Action<Problem>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.HoldOut is < 0 or >= 1) throw new DarkroomException(ErrorKind.InvalidRequest, "It must be in [0, 1).", "data.holdOut");
        var all = List(settings);
        var classes = ClassesOf(settings, [.. all.Select(p => p.Path)]);
        int heldOut = Math.Min(all.Count - 1, (int)Math.Ceiling(settings.HoldOut * all.Count));
        var order = new EpochOrder(all.Count, seed);
        var shuffled = Enumerable.Range(0, all.Count).Select(i => all[order[i]]).ToList();
        var training = new PictureFolder([.. shuffled.Skip(heldOut)], classes, settings, seed, warn);
        // Without a picture to spare, evaluation is on the training pictures.
        return (training, heldOut == 0 ? training : new PictureFolder([.. shuffled.Take(heldOut)], classes, settings with { RandomCrop = false, Flip = false }, seed, warn));
    }

    /// <inheritdoc/>
    /// <exception cref="DarkroomException">BadFile: not one of the files is readable.</exception>
    public CaptionedPixels this[long position]
    {
        get
        {
            for (int next = 0; next < Count; next++)
            {
                long at = position / Count * Count + (position + next) % Count;
                var (path, caption) = _pictures[_order[at]];
                if (TryLoad(path) is not { } picture) continue;
                var random = new SampleRandom((ulong)_seed ^ 0xF01DE4UL, (ulong)position);
                var pixels = PicturePreparation.Prepare(picture, caption, _settings, ref random);
                return Classes.Count == 0 ? pixels : pixels with { Class = _classes[ClassOf(_settings.Path, path)] };
            }
            throw new DarkroomException(ErrorKind.BadFile, $"None of the {Count} pictures can be read.", _settings.Path);
        }
    }

    /// <summary>The caption of the picture that belongs to a position, as its file gives it.</summary>
    public string CaptionAt(long position) => _pictures[_order[position]].Caption;

    private Picture? TryLoad(string path)
    {
        try
        {
            return Picture.Load(path);
        }
        catch (DarkroomException e)
        {
            bool isNew;
            int count;
            lock (_skipped) (isNew, count) = (_skipped.Add(path), _skipped.Count);
            if (isNew) _warn?.Invoke(new Problem($"The picture is skipped ({count} so far): {e.Problems[0].What}", path));
            return null;
        }
    }

    private static string[] ClassesOf(DataSettings settings, IReadOnlyList<string> files)
    {
        if (settings.Classes == ClassKind.None) return [];
        if (settings.Classes != ClassKind.Folder)
            throw new DarkroomException(ErrorKind.InvalidRequest, "The classes of a folder are none or folder.", "data.classes");
        string[] names = [.. files.Select(f => ClassOf(settings.Path, f)).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length < 2 || names.Contains("."))
            throw new DarkroomException(ErrorKind.InvalidRequest, "Classes need two folders or more, one for each, and no picture beside them.", settings.Path,
                "Sort the pictures into folders, or set data.classes=none.");
        return names;
    }

    /// <summary>The folder directly in the root in which a file lies; "." for the root itself.</summary>
    private static string ClassOf(string root, string file)
    {
        string relative = Path.GetRelativePath(root, file);
        int end = relative.IndexOf(Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return end < 0 ? "." : relative[..end];
    }

    private static List<(string Path, string Caption)> List(DataSettings settings)
    {
        if (!Directory.Exists(settings.Path)) throw new DarkroomException(ErrorKind.NotFound, "There is no such folder of pictures.", settings.Path);
        var files = Directory.EnumerateFiles(settings.Path, "*", SearchOption.AllDirectories)
            .Where(f => Extensions.Contains(System.IO.Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
            throw new DarkroomException(ErrorKind.NotFound, $"There are no pictures ({string.Join(", ", Extensions)}) in this folder.", settings.Path);
        var captions = CaptionFiles.Read(settings.Path, files);
        if (settings.Captions && captions.Count < files.Count) throw CaptionFiles.Missing(settings.Path, [.. files.Where(f => !captions.ContainsKey(f))]);
        return [.. files.Select(f => (f, captions.GetValueOrDefault(f, "")))];
    }
}
