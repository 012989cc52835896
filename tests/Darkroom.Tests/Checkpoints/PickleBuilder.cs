using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Darkroom.Tests.Checkpoints;

/// <summary>Writes pickles instruction by instruction, and the archives around them, to make files that torch.save would not.</summary>
internal sealed class PickleBuilder
{
    private readonly MemoryStream _bytes;

    private PickleBuilder(MemoryStream bytes) => _bytes = bytes;

    public static PickleBuilder New() => new PickleBuilder(new MemoryStream()).Raw(0x80, 2);

    public PickleBuilder Raw(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleBuilder Op(string ops) => Raw(Encoding.Latin1.GetBytes(ops));

    public PickleBuilder Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op("X").Raw(BitConverter.GetBytes(utf8.Length)).Raw(utf8);
    }

    public PickleBuilder Number(int number) => Op("J").Raw(BitConverter.GetBytes(number));

    public PickleBuilder Global(string module, string name) => Op($"c{module}\n{name}\n");

    /// <summary>A tensor of float32 over the storage of that key.</summary>
    public PickleBuilder Tensor(string key, int count, int offset, int[] shape, int[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Op("((").Text("storage").Global("torch", "FloatStorage").Text(key).Text("cpu")
            .Number(count).Op("tQ").Number(offset).Op("(");
        foreach (int size in shape) Number(size);
        Op("t(");
        foreach (int stride in strides) Number(stride);
        return Raw((byte)'t', 0x89).Global("collections", "OrderedDict").Op(")RtR");
    }

    public byte[] Stop() => Op(".")._bytes.ToArray();

    /// <summary>An archive with this pickle and storages of so many float32 zeros.</summary>
    public void SaveZip(string path, CompressionLevel compression = CompressionLevel.NoCompression, params (string Name, byte[] Bytes)[] entries)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var (name, bytes) in entries.Prepend(("archive/data.pkl", Stop())))
        {
            using var entry = zip.CreateEntry(name, compression).Open();
            entry.Write(bytes);
        }
    }

    /// <summary>float32 numbers 0, 1, 2, ..</summary>
    public static byte[] Floats(int count)
    {
        var bytes = new byte[4 * count];
        for (int i = 0; i < count; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), i);
        return bytes;
    }
}
