using System.Text.Json;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>Several files read as one, by the index that says which tensor lies in which.</summary>
internal sealed class ShardedTensors : ITensorSource
{
    private const int MaxShards = 1000;

    private readonly Dictionary<string, ITensorSource> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ITensorSource> _places = new(StringComparer.Ordinal);

    private ShardedTensors()
    {
    }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; private set; } = new Dictionary<string, TensorInfo>();

    /// <summary>Opens the files that a <c>*.index.json</c> names; they lie beside it.</summary>
    /// <exception cref="DarkroomException">BadFile: the index and the files don't agree, with every difference.</exception>
    public static ShardedTensors Open(string indexPath)
    {
        var index = JsonFile.Read(indexPath);
        if (!index.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new DarkroomException(ErrorKind.BadFile, "The index has no weight_map.",
                indexPath);
        var sharded = new ShardedTensors();
        try
        {
            sharded.OpenShards(indexPath, map);
        }
        catch
        {
            sharded.Dispose();
            throw;
        }
        return sharded;
    }

    public Tensor Read(string name) => _places[name].Read(name);

    public void Release(string name) => _places[name].Release(name);

    public void Dispose()
    {
        foreach (var shard in _shards.Values) shard.Dispose();
    }

    private void OpenShards(string indexPath, JsonElement map)
    {
        var problems = new List<Problem>();
        foreach (var entry in map.EnumerateObject())
        {
            string? file = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
            if (file is null || file != Path.GetFileName(file) || file is "" or "." or ".." || file.Contains('\\', StringComparison.Ordinal))
                throw new DarkroomException(ErrorKind.BadFile,
                    $"'{entry.Name}' should be in a file beside the index, not in {entry.Value.GetRawText()}.", indexPath);
            if (!_shards.TryGetValue(file, out var shard))
            {
                if (_shards.Count == MaxShards)
                    throw new DarkroomException(ErrorKind.BadFile,
                        $"The index names more than {MaxShards} files.", indexPath);
                _shards[file] = shard = CheckpointFormat.OpenTensors(Path.Combine(Path.GetDirectoryName(indexPath)!, file));
            }
            if (!shard.Tensors.ContainsKey(entry.Name)) problems.Add(new Problem($"It is not in {file}, where the index places it.", entry.Name));
            else if (!_places.TryAdd(entry.Name, shard)) problems.Add(new Problem("The index lists it twice.", entry.Name));
        }
        foreach (var (file, shard) in _shards)
            problems.AddRange(shard.Tensors.Keys.Where(k => !_places.ContainsKey(k))
                .Select(k => new Problem($"It is in {file}, but not in the index.", k)));
        if (problems.Count > 0)
            throw new DarkroomException(ErrorKind.BadFile,
                [new Problem("The index and the files beside it don't agree.", indexPath), .. problems]);
        Tensors = _places.ToDictionary(p => p.Key, p => p.Value.Tensors[p.Key], StringComparer.Ordinal);
    }
}
