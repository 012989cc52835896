using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Darkroom.Checkpoints.Pickles;

/// <summary>Where the bytes of a storage lie: at an offset of the file, or packed in an archive entry.</summary>
internal sealed record StorageLocation(long Offset, long Length, ZipEntry? Packed);

/// <summary>The two ways in which torch.save lays out a file: the pickled value, and where its storages lie.</summary>
internal sealed record TorchLayout(object? Value, IReadOnlyDictionary<string, StorageLocation> Storages)
{
    private const int MaxPickleBytes = 32 << 20;

    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <exception cref="DarkroomException">BadFile: neither layout, damaged, or refused.</exception>
    public static TorchLayout Read(FileStream file, string path)
    {
        Span<byte> start = stackalloc byte[4];
        int count = file.ReadAtLeast(start, 4, throwOnEndOfStream: false);
        if (ZipDirectory.IsZip(start[..count])) return ReadZip(file, path);
        // Pickles of protocol 2 and above start with 0x80.
        if (count >= 2 && start[0] == 0x80) return ReadLegacy(file, path);
        CheckpointFormat.RefuseText(path);
        throw new DarkroomException(ErrorKind.BadFile, "This is not a checkpoint of torch.save (neither a zip archive nor a pickle).",
            path, "It may be damaged; copy or download it again.");
    }

    /// <summary>Since torch 1.6: a zip with NAME/data.pkl and NAME/data/KEY for each storage.</summary>
    private static TorchLayout ReadZip(FileStream file, string path)
    {
        var zip = ZipDirectory.Read(file, path);
        var pickles = zip.Entries.Keys.Where(n => n == "data.pkl" || n.EndsWith("/data.pkl", StringComparison.Ordinal)).ToArray();
        if (pickles.Length != 1)
            throw Bad(path, $"The archive has {pickles.Length} entries named data.pkl; a checkpoint has one.",
                "It is a zip file, but not one of torch.save.");
        string folder = pickles[0][..^"data.pkl".Length];
        if (zip.Entries.ContainsKey($"{folder}constants.pkl")) throw Bad(path, "This is a TorchScript program, not a checkpoint.");
        if (zip.Entries.TryGetValue($"{folder}byteorder", out var order) && Encoding.ASCII.GetString(zip.Unpack(order, 16)) != "little")
            throw Bad(path, "It was written on a big-endian machine, which is not read.");
        object? value = PickleMachine.Run(new PickleInput(zip.Unpack(zip.Entries[pickles[0]], MaxPickleBytes), path));
        string prefix = $"{folder}data/";
        return new TorchLayout(value, zip.Entries.Values.Where(e => e.Name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(e => e.Name[prefix.Length..], e =>
                new StorageLocation(e.Offset, e.Length, e.IsCompressed ? e : null), StringComparer.Ordinal));
    }

    /// <summary>
    /// Before torch 1.6: pickles of a magic number, the version, the machine, the value and the list of storage keys; then, for each,
    /// its count and its elements.
    /// </summary>
    private static TorchLayout ReadLegacy(FileStream file, string path)
    {
        var bytes = new byte[Math.Min(file.Length, MaxPickleBytes)];
        file.Position = 0;
        file.ReadExactly(bytes);
        var input = new PickleInput(bytes, path);
        if (PickleMachine.Run(input) is not BigInteger magic || magic != LegacyMagic)
            throw Bad(path, "This is a pickle, but not one of torch.save.", "It holds no tensors that could be read.");
        if (PickleMachine.Run(input) is not 1001L) throw Bad(path, "It is of a version of torch.save that is not read.");
        if (PickleMachine.Run(input) is PickleDict machine && machine.Find("little_endian") is false)
            throw Bad(path, "It was written on a big-endian machine, which is not read.");
        var described = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        object? value = PickleMachine.Run(input, storage => described[storage.Key] = storage);
        if (PickleMachine.Run(input) is not List<object?> keys) throw Bad(path, "Its list of storages is damaged.");

        var locations = new Dictionary<string, StorageLocation>(StringComparer.Ordinal);
        long offset = input.Position;
        Span<byte> count = stackalloc byte[8];
        foreach (object? key in keys)
        {
            if (key is not string name || !described.TryGetValue(name, out var storage))
                throw Bad(path,
                    "It has a storage that no tensor uses, so that its size is unknown.");
            file.Position = offset;
            if (file.ReadAtLeast(count, 8, throwOnEndOfStream: false) < 8 || BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Count
                || TensorDtypes.ByteCount([storage.Count], TensorDtypes.Of(storage.Dtype).Size) is not { } length
                    || length > file.Length - offset - 8)
                throw Bad(path, $"Its storage '{name}' is damaged or cut off.", "Copy or download the file again.");
            if (!locations.TryAdd(name, new StorageLocation(offset + 8, length, null))) throw Bad(path, $"It lists the storage '{name}' twice.");
            offset += 8 + length;
        }
        return new TorchLayout(value, locations);
    }

    private static DarkroomException Bad(string path, string what, string? remedy = null) => new(ErrorKind.BadFile, what, path, remedy);
}
