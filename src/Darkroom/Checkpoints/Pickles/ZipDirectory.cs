using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Darkroom.Checkpoints.Pickles;

/// <summary>One entry of an archive: where its bytes lie, and how long they are when unpacked.</summary>
internal sealed record ZipEntry(string Name, long Offset, long StoredLength, long Length, bool IsCompressed);

/// <summary>The table of contents of a zip archive, read without unpacking anything; stored entries can be mapped where they lie.</summary>
/// <remarks>
/// The format: PKWARE APPNOTE 6.3.10, with zip64. Refused: encryption, other compressions, entries that overlap, lead outside, or
/// unpack to more than they should.
/// </remarks>
internal sealed class ZipDirectory
{
    private const int MaxEntries = 100_000;
    private const int MaxDirectoryBytes = 16 << 20;

    /// <summary>What compressed entries may unpack to together, beyond four times the file: weights hardly compress.</summary>
    private const long MaxUnpackedBytes = 32L << 20;

    private readonly Stream _file;
    private readonly string _path;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(Stream file, string path) => (_file, _path) = (file, path);

    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    public static bool IsZip(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8) || start.StartsWith("PK\x05\x06"u8);

    /// <exception cref="DarkroomException">BadFile: damaged, cut off, or made to do harm.</exception>
    public static ZipDirectory Read(Stream file, string path)
    {
        var directory = new ZipDirectory(file, path);
        directory.ReadEntries();
        directory.CheckLayout();
        return directory;
    }

    /// <summary>The unpacked bytes of a small entry.</summary>
    public byte[] Unpack(ZipEntry entry, int most)
    {
        if (entry.Length > most) throw Bad($"The entry '{entry.Name}' has {entry.Length} bytes; at most {most} are expected.");
        var bytes = new byte[entry.Length];
        using var content = Open(_file, entry);
        try
        {
            if (content.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && content.ReadByte() < 0) return bytes;
        }
        catch (InvalidDataException error)
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The entry '{entry.Name}' is damaged.", _path, inner: error);
        }
        throw Bad($"The entry '{entry.Name}' is damaged.");
    }

    /// <summary>A stream of the unpacked bytes of an entry.</summary>
    public static Stream Open(Stream file, ZipEntry entry)
    {
        var raw = new PartialStream(file, entry.Offset, entry.StoredLength);
        return entry.IsCompressed ? new DeflateStream(raw, CompressionMode.Decompress) : raw;
    }

    private void ReadEntries()
    {
        var (offset, length, count) = FindDirectory();
        if (count is < 0 or > MaxEntries || length > MaxDirectoryBytes)
            throw Bad($"The archive lists {count} entries; a checkpoint has at most {MaxEntries}.");
        byte[] bytes = ReadAt(offset, (int)length);
        int at = 0;
        for (long i = 0; i < count; i++)
        {
            var record = bytes.AsSpan(at);
            if (record.Length < 46 || BinaryPrimitives.ReadUInt32LittleEndian(record) != 0x02014b50)
                throw Bad("The archive's table of contents is damaged.");
            int nameLength = U16(record, 28), extraLength = U16(record, 30), commentLength = U16(record, 32);
            if (record.Length < 46 + nameLength + extraLength + commentLength) throw Bad("The archive's table of contents is damaged.");
            string name = Encoding.UTF8.GetString(record.Slice(46, nameLength));
            AddEntry(name, U16(record, 8), U16(record, 10), Sizes(record, record.Slice(46 + nameLength, extraLength)));
            at += 46 + nameLength + extraLength + commentLength;
        }
    }

    private void AddEntry(string name, int flags, int method, (long Stored, long Length, long Header) sizes)
    {
        string shown = name.Length <= 200 ? name : $"{name[..200]}...";
        if (name.Split('/', '\\').Contains("..") || name.StartsWith('/') || name.Contains(':', StringComparison.Ordinal))
            throw Bad($"The archive has an entry '{shown}', whose name leads outside.",
                "It is not a checkpoint of torch.save; none of its tensors is read.");
        if ((flags & 1) != 0) throw Bad($"The entry '{shown}' is encrypted.");
        if (method is not (0 or 8)) throw Bad($"The entry '{shown}' is packed by method {method}, which is not read.");
        byte[] header = ReadAt(sizes.Header, 30);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034b50) throw Bad($"The entry '{shown}' is not where the archive says.");
        long offset = sizes.Header + 30 + U16(header, 26) + U16(header, 28);
        if (sizes.Stored < 0 || sizes.Length < 0 || offset > _file.Length - sizes.Stored || (method == 0 && sizes.Stored != sizes.Length))
            throw Bad($"The entry '{shown}' is damaged or cut off.");
        if (!_entries.TryAdd(name, new ZipEntry(name, offset, sizes.Stored, sizes.Length, method == 8)))
            throw Bad($"The archive has '{shown}' twice.");
    }

    /// <summary>
    /// Packed size, unpacked size and header offset: in the record, or in its zip64 extra field where the record says 0xFFFFFFFF.
    /// </summary>
    private (long Stored, long Length, long Header) Sizes(ReadOnlySpan<byte> record, ReadOnlySpan<byte> extra)
    {
        long stored = U32(record, 20), length = U32(record, 24), header = U32(record, 42);
        if (stored != uint.MaxValue && length != uint.MaxValue && header != uint.MaxValue) return (stored, length, header);
        while (extra.Length >= 4)
        {
            int size = U16(extra, 2);
            if (extra.Length < 4 + size) break;
            if (U16(extra, 0) == 1)
            {
                var fields = extra.Slice(4, size);
                if (Next(ref fields, ref length) && Next(ref fields, ref stored) && Next(ref fields, ref header)) return (stored, length, header);
                break;
            }
            extra = extra[(4 + size)..];
        }
        throw Bad("The archive's zip64 sizes are damaged.");

        static bool Next(ref ReadOnlySpan<byte> fields, ref long value)
        {
            if (value != uint.MaxValue) return true;
            if (fields.Length < 8) return false;
            value = BinaryPrimitives.ReadInt64LittleEndian(fields);
            fields = fields[8..];
            return value >= 0;
        }
    }

    /// <summary>Offset, length and entry count of the table of contents, from the record at the end of the file.</summary>
    private (long Offset, long Length, long Count) FindDirectory()
    {
        int tailLength = (int)Math.Min(_file.Length, 22 + 65535);
        byte[] tail = ReadAt(_file.Length - tailLength, tailLength);
        int end = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (end < 0 || end + 22 > tail.Length)
            throw Bad("The archive has no table of contents at its end.",
                "The file was probably cut off; copy or download it again.");
        long count = U16(tail.AsSpan(end), 10), length = U32(tail.AsSpan(end), 12), offset = U32(tail.AsSpan(end), 16);
        if (end >= 20 && tail.AsSpan(end - 20, 4).SequenceEqual("PK\x06\x07"u8)
            && (count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue))
        {
            byte[] record = ReadAt(BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end - 12)), 56);
            if (!record.AsSpan().StartsWith("PK\x06\x06"u8)) throw Bad("The archive's zip64 record is damaged.");
            count = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32));
            length = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40));
            offset = BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48));
        }
        if (offset < 0 || length < 0 || offset > _file.Length - length)
            throw Bad("The archive's table of contents lies outside the file.",
                "The file is damaged or cut off.");
        return (offset, length, count);
    }

    private void CheckLayout()
    {
        long reached = 0, unpacked = 0;
        foreach (var entry in _entries.Values.OrderBy(e => e.Offset))
        {
            if (entry.Offset < reached)
                throw Bad($"The entry '{entry.Name}' overlaps another.",
                    "The archive is damaged, or made to unpack without end.");
            reached = entry.Offset + entry.StoredLength;
            if (entry.IsCompressed) unpacked = entry.Length > long.MaxValue - unpacked ? long.MaxValue : unpacked + entry.Length;
        }
        if (unpacked > MaxUnpackedBytes + 4 * _file.Length)
            throw Bad($"The archive of {_file.Length} bytes claims to unpack to {unpacked}.",
                "No checkpoint compresses that well; it is damaged, or made to fill the memory.");
    }

    private byte[] ReadAt(long offset, int count)
    {
        if (offset < 0 || offset > _file.Length - count) throw Bad("The archive is damaged or cut off.");
        var bytes = new byte[count];
        _file.Position = offset;
        _file.ReadExactly(bytes);
        return bytes;
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private DarkroomException Bad(string what, string? remedy = null) => new(ErrorKind.BadFile, what, _path, remedy);

    /// <summary>A part of a stream, read from its start.</summary>
    private sealed class PartialStream(Stream whole, long offset, long length) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int start, int count) => Read(buffer.AsSpan(start, count));

        public override int Read(Span<byte> buffer)
        {
            whole.Position = offset + _read;
            int count = whole.Read(buffer[..(int)Math.Min(buffer.Length, length - _read)]);
            _read += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long to, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int start, int count) => throw new NotSupportedException();
    }
}
