using System.Buffers.Binary;
using System.Text.Json;

namespace Darkroom.Checkpoints;

/// <summary>Where a tensor lies: <c>[Begin, End)</c>, in bytes from the start of the data.</summary>
internal sealed record SafetensorsEntry(TensorInfo Info, long Begin, long End);

/// <summary>
/// The checked header of a safetensors file: eight bytes with the length of a JSON object, the object, then the data of its tensors,
/// which must cover the rest of
/// the file without gap or overlap.
/// </summary>
/// <remarks>
/// The format: github.com/huggingface/safetensors, README. Refused beyond it: duplicate names, more tensors, ranks or text than any
/// real model has.
/// </remarks>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own bound on the header.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    private const int MaxTensors = 100_000;
    private const int MaxRank = 16;
    private const int MaxTextBytes = 16 << 20;
    private const int MaxProblems = 50;

    private readonly Dictionary<string, SafetensorsEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<Problem> _problems = [];
    private readonly string _path;
    private int _textBytes;

    private SafetensorsHeader(string path, long dataStart, long fileLength) =>
        (_path, DataStart, DataLength) = (path, dataStart, fileLength - dataStart);

    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Bytes before the data.</summary>
    public long DataStart { get; }

    /// <summary>Bytes of data.</summary>
    public long DataLength { get; }

    /// <summary>Reads and checks the header; memory stays within a small multiple of its length.</summary>
    /// <exception cref="DarkroomException">BadFile, with what is wrong with the file.</exception>
    public static SafetensorsHeader Read(Stream file, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        int got = file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false);
        if (got < 8)
            throw Bad(path, $"The file has {got} bytes, too few for a safetensors header.",
                "It was probably cut off; copy or download it again.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)Math.Max(0, file.Length - 8) || length > MaxHeaderBytes)
        {
            CheckpointFormat.RefuseText(path);
            throw length > MaxHeaderBytes
                ? Bad(path, $"The header claims {length} bytes; safetensors allows {MaxHeaderBytes}.",
                    "This is not a safetensors file, or it is damaged.")
                : Bad(path, $"The header claims {length} bytes, but the file ends after {file.Length - 8}.",
                    "It was probably cut off; copy or download it again.");
        }
        var json = new byte[length];
        file.ReadExactly(json);
        var header = new SafetensorsHeader(path, 8 + (long)length, file.Length);
        header.Parse(json);
        header.CheckCoverage();
        if (header._problems.Count > 0) throw new DarkroomException(ErrorKind.BadFile, header._problems);
        return header;
    }

    private void Parse(byte[] json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        try
        {
            Expect(ref reader, JsonTokenType.StartObject);
            while (NextName(ref reader) is { } name)
            {
                if (name == "__metadata__") ReadMetadata(ref reader);
                else ReadTensor(ref reader, name);
                if (_entries.Count > MaxTensors) throw Bad(_path, $"The header lists more than {MaxTensors} tensors.");
                if (_problems.Count >= MaxProblems) throw new DarkroomException(ErrorKind.BadFile, _problems);
            }
            while (reader.Read()) throw Bad(_path, "The header goes on after its JSON object.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The header is not the JSON of a safetensors file: {error.Message}", _path, inner: error);
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextName(ref reader) is { } name)
        {
            Expect(ref reader, JsonTokenType.String);
            if (!_metadata.TryAdd(name, Text(ref reader))) AddProblem("__metadata__", $"It has '{Shorten(name)}' twice.");
        }
    }

    private void ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string? dtypeName = null;
        long[]? shape = null, offsets = null;
        bool twice = _entries.ContainsKey(name);
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextName(ref reader) is { } field)
        {
            switch (field)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String);
                    twice |= dtypeName is not null;
                    dtypeName = Text(ref reader);
                    break;
                case "shape":
                    twice |= shape is not null;
                    shape = ReadNumbers(ref reader, MaxRank);
                    break;
                case "data_offsets":
                    twice |= offsets is not null;
                    offsets = ReadNumbers(ref reader, 2);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (twice) AddProblem(name, "It is listed twice.");
        else if (dtypeName is null || shape is null || offsets is not { Length: 2 })
            AddProblem(name, "It lacks a dtype, a shape or two data offsets.");
        else AddTensor(name, dtypeName, shape, offsets[0], offsets[1]);
    }

    private void AddTensor(string name, string dtypeName, long[] shape, long begin, long end)
    {
        string described = TensorDtypes.Describe(shape);
        if (TensorDtypes.Find(dtypeName) is not { } dtype)
            AddProblem(name, $"Its dtype '{Shorten(dtypeName)}' is not one that is read ({TensorDtypes.Names}).");
        else if (shape.Any(size => size < 0))
            AddProblem(name, $"Its shape {described} has a negative size.");
        else if (TensorDtypes.ByteCount(shape, dtype.Size) is not { } count)
            AddProblem(name, $"Its shape {described} is larger than any file.");
        else if (begin < 0 || end < begin || end > DataLength)
            AddProblem(name, $"Its bytes {begin} to {end} lie outside the {DataLength} bytes of data.",
                end > DataLength ? "The file may have been cut off." : null);
        else if (end - begin != count)
            AddProblem(name, $"{described} of {dtypeName} takes {count} bytes, but {end - begin} are stored.");
        else
            _entries.Add(name, new SafetensorsEntry(new TensorInfo(name, shape, dtype.Type), begin, end));
    }

    /// <summary>The tensors, in the order of their bytes, must follow each other from 0 to the end of the file.</summary>
    private void CheckCoverage()
    {
        if (_problems.Count > 0) return;
        long reached = 0;
        foreach (var entry in _entries.Values.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (_problems.Count >= MaxProblems) return;
            if (entry.Begin < reached) AddProblem(entry.Info.Name, "It overlaps another tensor.");
            else if (entry.Begin > reached) AddProblem(entry.Info.Name, $"{entry.Begin - reached} bytes before it belong to no tensor.");
            reached = Math.Max(reached, entry.End);
        }
        if (_problems.Count == 0 && reached < DataLength)
            _problems.Add(new Problem($"{DataLength - reached} bytes after the last tensor belong to no tensor.", _path,
                "The file is damaged, or something was appended."));
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, int most)
    {
        Expect(ref reader, JsonTokenType.StartArray);
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number))
                throw new FormatException($"a whole number is expected at byte {reader.TokenStartIndex}");
            if (numbers.Count == most) throw new FormatException($"more than {most} numbers at byte {reader.TokenStartIndex}");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private string? NextName(ref Utf8JsonReader reader)
    {
        if (!reader.Read()) throw new FormatException("it ends early");
        return reader.TokenType == JsonTokenType.EndObject ? null : Text(ref reader);
    }

    private string Text(ref Utf8JsonReader reader)
    {
        _textBytes = checked(_textBytes + reader.ValueSpan.Length);
        return _textBytes <= MaxTextBytes ? reader.GetString()!
            : throw Bad(_path, $"The header holds more than {MaxTextBytes} bytes of names and metadata.");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token) throw new FormatException($"{token} is expected at byte {reader.TokenStartIndex}");
    }

    private void AddProblem(string name, string what, string? remedy = null) => _problems.Add(new Problem(what, $"{_path}: {Shorten(name)}", remedy));

    private static string Shorten(string text) => text.Length <= 200 ? text : $"{text[..200]}...";

    private static DarkroomException Bad(string path, string what, string? remedy = null) => new(ErrorKind.BadFile, what, path, remedy);
}
