using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>A safetensors file, checked when opened and mapped into memory: reading a tensor copies nothing.</summary>
/// <remarks>Not safe for use by several threads at once.</remarks>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly SafetensorsHeader _header;
    private readonly MappedFile _file;

    private SafetensorsFile(string path, SafetensorsHeader header)
    {
        FilePath = path;
        _header = header;
        _file = new MappedFile(path, header.DataStart + header.DataLength);
        Tensors = header.Entries.ToDictionary(e => e.Key, e => e.Value.Info, StringComparer.Ordinal);
    }

    /// <summary>The file, as it was named.</summary>
    public string FilePath { get; }

    /// <summary>The free text that the file carries beside its tensors, by key; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Opens and checks a file. Reads its header only; the data is read when it is used.</summary>
    /// <exception cref="DarkroomException">NotFound: no such file; BadFile: it is not a whole and sound safetensors file, with
    /// everything that is wrong.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using var file = CheckpointFormat.OpenFile(path);
        return new SafetensorsFile(path, SafetensorsHeader.Read(file, path));
    }

    /// <inheritdoc/>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        return _file.View(_header.DataStart + entry.Begin, entry.Info.Shape, entry.Info.Dtype);
    }

    /// <inheritdoc/>
    public void Release(string name)
    {
        var entry = Entry(name);
        _file.Release(_header.DataStart + entry.Begin, entry.End - entry.Begin);
    }

    /// <summary>Closes the file. Tensors that were read stay valid.</summary>
    public void Dispose() => _file.Dispose();

    private SafetensorsEntry Entry(string name) => _header.Entries.TryGetValue(name, out var entry) ? entry
        : throw new DarkroomException(ErrorKind.ModelMismatch, $"There is no tensor '{name}' in it.", FilePath);
}
