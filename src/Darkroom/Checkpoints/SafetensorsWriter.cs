using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints;

/// <summary>
/// Writes safetensors files: the header first, then one tensor after the other, so that memory stays within the largest tensor.
/// </summary>
/// <remarks>
/// Equal tensors and metadata give equal bytes: tensors are ordered as the format's reference implementation orders them (widest dtype
/// first, then by name), metadata by key,
/// and the header is padded with spaces to a multiple of 8.
/// </remarks>
public static class SafetensorsWriter
{
    private const long ChunkElements = 1 << 24;

    /// <summary>Writes every tensor of a source.</summary>
    /// <param name="path">The file to write. It appears whole or not at all.</param>
    /// <param name="source">The tensors; each is read once and its pages are released after it was written.</param>
    /// <param name="metadata">Free text to carry along; <c>format: pt</c>, which other programs look for, is added where it says no
    /// format.</param>
    /// <param name="overwrite">Whether an existing file is replaced.</param>
    /// <exception cref="DarkroomException">OutputFailed: it exists already, the disk is full, no permission.</exception>
    public static void Write(string path, ITensorSource source, IReadOnlyDictionary<string, string>? metadata = null, bool overwrite = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        var ordered = source.Tensors.Values.OrderByDescending(t => TensorDtypes.Rank(t.Dtype)).ThenBy(t => t.Name, StringComparer.Ordinal).ToArray();
        byte[] header = Header(ordered, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(path, overwrite, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var info in ordered)
            {
                WriteTensor(stream, source, info);
                source.Release(info.Name);
            }
        });
    }

    /// <summary>Writes tensors that are in memory; they stay the caller's.</summary>
    /// <inheritdoc cref="Write(string, ITensorSource, IReadOnlyDictionary{string, string}, bool)"/>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool overwrite = false)
    {
        using var source = new MemoryTensorSource(tensors);
        Write(path, source, metadata, overwrite);
    }

    private static byte[] Header(TensorInfo[] ordered, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata.Concat(metadata.ContainsKey("format") ? [] : [new("format", "pt")])
                .OrderBy(m => m.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
            long offset = 0;
            foreach (var info in ordered)
            {
                json.WriteStartObject(info.Name);
                json.WriteString("dtype", TensorDtypes.Of(info.Dtype).Name);
                WriteNumbers(json, "shape", info.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset += info.Bytes]);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static void WriteTensor(Stream stream, ITensorSource source, TensorInfo info)
    {
        using var scope = NewDisposeScope();
        var tensor = source.Read(info.Name);
        if (tensor.dtype != info.Dtype || !tensor.shape.SequenceEqual(info.Shape))
        {
            string announced = $"{info.Dtype} {TensorDtypes.Describe(info.Shape)}", given = $"{tensor.dtype} {TensorDtypes.Describe(tensor.shape)}";
            throw new InvalidOperationException($"{info.Name} is announced as {announced}, but is {given}.");
        }
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (long start = 0; start < info.Count; start += ChunkElements)
        {
            using var chunk = flat.narrow(0, start, Math.Min(ChunkElements, info.Count - start));
            stream.Write(chunk.bytes);
        }
    }
}
