using Darkroom.Checkpoints.Pickles;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>
/// A checkpoint of torch.save (<c>.ckpt</c>, <c>.pt</c>, <c>.bin</c>), read as data: its pickle is not executed, and whatever in it
/// does not build tensors is refused
/// by name. Tensors are mapped from the file where it stores them plainly.
/// </summary>
/// <remarks>
/// Of a dict with <c>state_dict</c> only that is read; dicts inside dicts give names with a point between. Not safe for use by several
/// threads at once.
/// </remarks>
public sealed class TorchFile : ITensorSource
{
    private const int MaxTensors = 100_000;
    private const int MaxDepth = 8;
    private const int MaxNameLength = 1000;
    private const int MaxNameLengthTogether = 16 << 20;

    private readonly MappedFile _file;
    private readonly IReadOnlyDictionary<string, StorageLocation> _storages;
    private readonly Dictionary<string, PickleTensor> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly List<Problem> _problems = [];
    private long _nameLength;

    private TorchFile(string path, FileStream file)
    {
        FilePath = path;
        var layout = TorchLayout.Read(file, path);
        _storages = layout.Storages;
        if (layout.Value is not PickleDict root) throw Bad("It holds no dict of tensors.");
        var state = root.Find("state_dict") as PickleDict;
        Collect(root, values: true, tensors: state is null);
        if (state is not null) Collect(state, values: false, tensors: true);
        if (_problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, _problems);
        if (_views.Count == 0) throw Bad("It holds no tensors.");
        CheckTotal();
        Tensors = _views.ToDictionary(v => v.Key, v => new TensorInfo(v.Key, v.Value.Shape, v.Value.Storage.Dtype), StringComparer.Ordinal);
        _file = new MappedFile(path, file.Length);
    }

    /// <summary>The file, as it was named.</summary>
    public string FilePath { get; }

    /// <summary>Numbers (long, double, bool) and texts beside the tensors, by name.</summary>
    public IReadOnlyDictionary<string, object> Values => _values;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Opens and checks a file: reads its pickle and table of contents; the data is read when it is used.</summary>
    /// <exception cref="DarkroomException">NotFound: no such file; BadFile: damaged, no checkpoint, or with names and instructions that
    /// build no tensors.</exception>
    public static TorchFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using var file = CheckpointFormat.OpenFile(path);
        return new TorchFile(path, file);
    }

    /// <inheritdoc/>
    public Tensor Read(string name)
    {
        var (view, location) = Find(name);
        var dtype = view.Storage.Dtype;
        int size = TensorDtypes.Of(dtype).Size;
        using var scope = NewDisposeScope();
        if (view.Span == 0) return empty(view.Shape, dtype).MoveToOuterDisposeScope();
        var span = location.Packed is { } entry ? Unpack(entry, view.Storage).narrow(0, view.Offset, view.Span)
            : _file.View(location.Offset + view.Offset * size, [view.Span], dtype);
        return (view.IsContiguous ? span.view(view.Shape)
            : span.as_strided(view.Shape, view.Strides, span.storage_offset()).contiguous()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Release(string name)
    {
        var (view, location) = Find(name);
        int size = TensorDtypes.Of(view.Storage.Dtype).Size;
        if (location.Packed is null) _file.Release(location.Offset + view.Offset * size, view.Span * size);
    }

    /// <summary>Closes the file. Tensors that were read stay valid.</summary>
    public void Dispose() => _file.Dispose();

    private (PickleTensor View, StorageLocation Location) Find(string name) => _views.TryGetValue(name, out var view)
        ? (view, _storages[view.Storage.Key])
        : throw new DarkroomException(ErrorKind.ModelMismatch, $"There is no tensor '{name}' in it.", FilePath);

    private void Collect(PickleDict root, bool values, bool tensors)
    {
        // Dicts can contain each other: each is entered once.
        var seen = new HashSet<PickleDict>(ReferenceEqualityComparer.Instance) { root };
        var pending = new Queue<(PickleDict Dict, string Prefix, int Depth)>([(root, "", 0)]);
        while (pending.TryDequeue(out var level))
        {
            foreach (var (key, value) in level.Dict.Items)
            {
                if (key is not string text || value is null) continue;
                int length = level.Prefix.Length + text.Length;
                if (length > MaxNameLength || (_nameLength += length) > MaxNameLengthTogether)
                    throw Bad("The names in it are longer than those of any checkpoint.");
                string name = level.Prefix + text;
                if (value is PickleTensor tensor && tensors) AddTensor(name, tensor);
                else if (value is PickleDict dict && level.Depth < MaxDepth && seen.Add(dict)) pending.Enqueue((dict, $"{name}.", level.Depth + 1));
                else if (values && value is (string or long or double or bool)) _values.TryAdd(name, value);
            }
        }
    }

    private void AddTensor(string name, PickleTensor tensor)
    {
        if (Defect(tensor) is { } defect) _problems.Add(new Problem(defect, $"{FilePath}: {name}"));
        else if (!_views.TryAdd(name, tensor)) _problems.Add(new Problem("It is there twice.", $"{FilePath}: {name}"));
        if (_views.Count > MaxTensors) throw Bad($"It holds more than {MaxTensors} tensors.");
        if (_problems.Count >= 50) throw new DarkroomException(ErrorKind.BadFile, _problems);
    }

    private string? Defect(PickleTensor tensor)
    {
        var (storage, offset, shape, strides) = tensor;
        if (!_storages.TryGetValue(storage.Key, out var location)) return $"Its storage '{storage.Key}' is not in the file.";
        if (TensorDtypes.ByteCount([storage.Count], TensorDtypes.Of(storage.Dtype).Size) != location.Length)
            return $"Its storage is said to hold {storage.Count} of {storage.Dtype}, but has {location.Length} bytes.";
        if (offset < 0 || shape.Any(s => s < 0) || strides.Any(s => s < 0)) return "Its offset, sizes or strides are negative.";
        if (TensorDtypes.ByteCount(shape, 1) is not { } count || count > storage.Count)
            return $"{TensorDtypes.Describe(shape)} is more than the {storage.Count} elements of its storage.";
        if (count == 0) return null;
        long room = storage.Count - offset - 1;
        foreach (var (size, stride) in shape.Zip(strides))
        {
            if (size > 1 && stride > room / (size - 1)) return "It reaches beyond its storage.";
            room -= (size - 1) * stride;
        }
        return room < 0 ? "It reaches beyond its storage." : null;
    }

    /// <summary>Shared storages are fine, but not so many views that the tensors are far larger than the file.</summary>
    private void CheckTotal()
    {
        double tensors = _views.Values.Sum(v => (double)TensorDtypes.ByteCount(v.Shape, TensorDtypes.Of(v.Storage.Dtype).Size)!.Value);
        double stored = _storages.Values.Sum(s => (double)s.Length);
        if (tensors > (8 * stored) + (1 << 20))
            throw Bad($"Its tensors take {tensors:F0} bytes together, but only {stored:F0} are stored.", "It is made to fill the memory.");
    }

    private Tensor Unpack(ZipEntry entry, PickleStorage storage)
    {
        const int Chunk = 1 << 22;
        var tensor = empty([storage.Count], storage.Dtype);
        using var file = CheckpointFormat.OpenFile(FilePath);
        using var content = ZipDirectory.Open(file, entry);
        try
        {
            for (long start = 0; start < storage.Count; start += Chunk)
            {
                using var part = tensor.narrow(0, start, Math.Min(Chunk, storage.Count - start));
                content.ReadExactly(part.bytes);
            }
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The entry '{entry.Name}' is damaged.", FilePath, inner: error);
        }
        return tensor;
    }

    private DarkroomException Bad(string what, string? remedy = null) => new(ErrorKind.BadFile, what, FilePath, remedy);
}
