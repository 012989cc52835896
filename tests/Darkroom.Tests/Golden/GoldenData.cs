using System.Buffers.Binary;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Darkroom.Tests.Golden;

/// <summary>Finds the golden files: those under DARKROOM_GOLDEN where it is set, else those of tests/golden.</summary>
public static class GoldenData
{
    public static string RepositoryRoot { get; } = typeof(GoldenData).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "RepositoryRoot").Value!;

    public static string Root { get; } = Environment.GetEnvironmentVariable("DARKROOM_GOLDEN") is { Length: > 0 } named
        ? Path.GetFullPath(named) : Path.Combine(RepositoryRoot, "tests", "golden");

    // Python writes Infinity and NaN as bare words; here they become strings.
    private static readonly Regex PythonNumbers = new("\"(?:[^\"\\\\]|\\\\.)*\"|-?Infinity|NaN", RegexOptions.Compiled | RegexOptions.Singleline);

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static bool Exists(string relative) => File.Exists(PathOf(relative)) || Directory.Exists(PathOf(relative));

    public static JsonElement Json(string relative)
    {
        string text = PythonNumbers.Replace(File.ReadAllText(PathOf(relative)), found => found.Value[0] == '"' ? found.Value : $"\"{found.Value}\"");
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 256 });
        return document.RootElement.Clone();
    }

    public static IEnumerable<JsonElement> JsonLines(string relative)
    {
        foreach (string line in File.ReadLines(PathOf(relative)))
        {
            if (line.Length == 0) continue;
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    /// <summary>The cases of a topic such as "diffusion/edm"; empty where its file is absent.</summary>
    public static IReadOnlyList<JsonElement> Cases(string topic) =>
        Exists(topic + ".json") ? [.. Json(topic + ".json").GetProperty("cases").EnumerateArray()] : [];

    /// <summary>A reader of its own, so that these tests don't rest on the code they test.</summary>
    public static GoldenTensors Tensors(string relative) => new(PathOf(relative));
}

/// <summary>Tensors of one safetensors file, read when asked for.</summary>
public sealed class GoldenTensors
{
    private readonly string _path;
    private readonly long _data;
    private readonly Dictionary<string, JsonElement> _entries = [];

    public GoldenTensors(string path)
    {
        _path = path;
        using var file = File.OpenRead(path);
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        file.ReadExactly(header);
        _data = 8 + header.Length;
        using var document = JsonDocument.Parse(header);
        foreach (var entry in document.RootElement.EnumerateObject())
            if (entry.Name != "__metadata__") _entries[entry.Name] = entry.Value.Clone();
    }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    public long[] Shape(string name) => [.. _entries[name].GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];

    public Tensor this[string name]
    {
        get
        {
            var entry = _entries[name];
            var ends = entry.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64()).ToArray();
            var bytes = new byte[ends[1] - ends[0]];
            using (var file = File.OpenRead(_path))
            {
                file.Position = _data + ends[0];
                file.ReadExactly(bytes);
            }
            var type = entry.GetProperty("dtype").GetString() switch
            {
                "F64" => ScalarType.Float64,
                "F32" => ScalarType.Float32,
                "F16" => ScalarType.Float16,
                "BF16" => ScalarType.BFloat16,
                "I64" => ScalarType.Int64,
                "I32" => ScalarType.Int32,
                "U8" => ScalarType.Byte,
                "BOOL" => ScalarType.Bool,
                var other => throw new InvalidDataException($"{name} has dtype {other}"),
            };
            var tensor = empty(Shape(name), type);
            if (bytes.Length > 0) tensor.bytes = bytes;
            return tensor;
        }
    }

    public double[] Doubles(string name)
    {
        using var scope = NewDisposeScope();
        return [.. this[name].to_type(ScalarType.Float64).flatten().data<double>()];
    }
}
