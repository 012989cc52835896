using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>A file mapped into memory, parts of which are tensors.</summary>
/// <remarks>
/// The mapping is private: the file is never written. Its pages come from the page cache and take no memory of their own; it lasts as
/// long as a tensor of it lives.
/// A tensor cannot be reinterpreted as another dtype here, so the file is mapped once for each dtype that is read from it.
/// </remarks>
internal sealed class MappedFile(string path, long length) : IDisposable
{
    private const int MadviseDontNeed = 4; // the same number on Linux and macOS

    private readonly Dictionary<ScalarType, (Tensor Elements, nint Address)> _mappings = [];
    private bool _disposed;

    /// <summary>Bytes of the file.</summary>
    public long Length => length;

    /// <summary>
    /// A contiguous tensor over the bytes from <paramref name="offset"/>: a view where the offset is a multiple of the element size,
    /// else a copy.
    /// </summary>
    public Tensor View(long offset, IReadOnlyList<long> shape, ScalarType dtype)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        int size = TensorDtypes.Of(dtype).Size;
        long count = TensorDtypes.ByteCount(shape, size) ?? throw new ArgumentOutOfRangeException(nameof(shape));
        if (offset < 0 || offset > length - count) throw new ArgumentOutOfRangeException(nameof(offset), offset, $"Outside {path}.");
        if (count == 0) return empty([.. shape], dtype);
        using var scope = NewDisposeScope();
        if (offset % size != 0) return Copy(offset, count, shape, dtype).MoveToOuterDisposeScope();
        return Mapping(dtype).Elements.narrow(0, offset / size, count / size).view([.. shape]).MoveToOuterDisposeScope();
    }

    /// <summary>Gives back the memory of the pages that lie wholly between these bytes.</summary>
    public void Release(long offset, long count)
    {
        if (OperatingSystem.IsWindows()) return;
        long page = Environment.SystemPageSize;
        foreach (var (_, address) in _mappings.Values)
        {
            long start = (address + offset + page - 1) / page * page, end = (address + offset + count) / page * page;
            if (end > start) _ = Madvise((nint)start, (nuint)(end - start), MadviseDontNeed); // a hint: its failure changes nothing but memory
        }
    }

    public void Dispose()
    {
        _disposed = true;
        foreach (var (elements, _) in _mappings.Values) elements.Dispose();
        _mappings.Clear();
    }

    private (Tensor Elements, nint Address) Mapping(ScalarType dtype)
    {
        if (_mappings.TryGetValue(dtype, out var mapping)) return mapping;
        try
        {
            var elements = from_file(Path.GetFullPath(path), shared: false, size: length / TensorDtypes.Of(dtype).Size, dtype: dtype);
            return _mappings[dtype] = (elements.DetachFromDisposeScope(), Address(elements));
        }
        catch (ExternalException error)
        {
            throw new DarkroomException(ErrorKind.BadFile, "The file could not be mapped into memory.", path,
                "Check that nothing else is changing it.", error);
        }
    }

    private Tensor Copy(long offset, long count, IReadOnlyList<long> shape, ScalarType dtype)
    {
        const int Chunk = 1 << 24;
        var copy = empty([.. shape], dtype);
        var flat = copy.view(-1);
        int size = TensorDtypes.Of(dtype).Size;
        using var file = CheckpointFormat.OpenFile(path);
        file.Position = offset;
        for (long start = 0; start < count / size; start += Chunk)
        {
            using var part = flat.narrow(0, start, Math.Min(Chunk, count / size - start));
            file.ReadExactly(part.bytes);
        }
        return copy;
    }

    private static unsafe nint Address(Tensor elements)
    {
        using var first = elements.narrow(0, 0, 1);
        fixed (byte* start = first.bytes) return (nint)start;
    }

    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Madvise(nint address, nuint length, int advice);
}
