using System.IO.Compression;
using Darkroom.Checkpoints;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

public sealed class TorchFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-torch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: compressed storages, views with steps and an old ParameterDict read as torch.load gives them.
    [Fact]
    public void Reads_compressed_storages_views_and_parameter_dicts()
    {
        using var scope = NewDisposeScope();
        string path = PathOf("a.pt");
        PickleBuilder.New().Op("}(").Text("string_to_param").Global("torch.nn.modules.container", "ParameterDict").Op(")").Raw(0x81)
            .Op("}(").Text("_parameters").Op("}(")
            .Text("*").Tensor("0", 12, 1, [2, 3], [4, 2]).Op("uubu")
                .SaveZip(path, CompressionLevel.Optimal, ("archive/data/0", PickleBuilder.Floats(12)));
        using var file = TorchFile.Open(path);
        Assert.Equal(["string_to_param.*"], file.Tensors.Keys);
        Assert.Equal([1f, 3f, 5f, 5f, 7f, 9f], file.Read("string_to_param.*").data<float>().ToArray());
    }

    // Property: Release and Dispose leave tensors valid that were read before.
    [Fact]
    public void Tensors_outlive_the_file()
    {
        using var scope = NewDisposeScope();
        string path = PathOf("a.pt");
        PickleBuilder.New().Op("}(").Text("x").Tensor("0", 5000, 0, [5000], [1]).Op("u")
            .SaveZip(path, CompressionLevel.NoCompression, ("archive/data/0", PickleBuilder.Floats(5000)));
        Tensor x;
        using (var file = TorchFile.Open(path))
        {
            x = file.Read("x");
            file.Release("x");
        }
        Assert.Equal(4999f * 5000 / 2, x.sum().item<float>());
    }

    // Property: views that leave their storage, overlap without end, or have negative parts are refused before anything is read.
    [Theory]
    [InlineData(4, 0, new[] { 5 }, new[] { 1 }, "more than the 4 elements")]
    [InlineData(4, 1, new[] { 4 }, new[] { 1 }, "beyond its storage")]
    [InlineData(4, 0, new[] { 2, 2 }, new[] { 3, 1 }, "beyond its storage")]
    [InlineData(4, 0, new[] { 1000000, 1000000 }, new[] { 0, 0 }, "more than the 4 elements")]
    [InlineData(4, -1, new[] { 1 }, new[] { 1 }, "negative")]
    [InlineData(4, 0, new[] { -1 }, new[] { 1 }, "negative")]
    [InlineData(4, 3, new[] { 2 }, new[] { -1 }, "negative")]
    [InlineData(5, 0, new[] { 1 }, new[] { 1 }, "said to hold 5")]
    public void Refuses_views_outside_their_storage(int count, int offset, int[] shape, int[] strides, string said)
    {
        string path = PathOf("a.pt");
        PickleBuilder.New().Op("}(").Text("x").Tensor("0", count, offset, shape, strides).Op("u")
            .SaveZip(path, CompressionLevel.NoCompression, ("archive/data/0", PickleBuilder.Floats(4)));
        Refused(path, said);
    }

    // Property: what is no data is refused by its name: functions, instructions that call, names that reach through modules.
    [Theory]
    [InlineData("cos\nsystem\n.", "os.system")]
    [InlineData("c__builtin__\neval\n.", "builtins.eval")]
    [InlineData("cpytorch_lightning\nos.system\n.", "pytorch_lightning.os.system")]
    [InlineData("cpytorch_lightning.callbacks\nModelCheckpoint\n)R.", "calls 'pytorch_lightning.callbacks.ModelCheckpoint'")]
    [InlineData("ctorch\nFloatStorage\n)R.", "calls 'torch.FloatStorage'")]
    [InlineData("cpytorch_lightning.callbacks\nModelCheckpoint\n}b.", "builds an object")]
    [InlineData("(ios\nsystem\n.", "INST")]
    [InlineData("(o.", "OBJ")]
    [InlineData("\u0082\u0001.", "EXT1")]
    [InlineData("}(X\u0001\0\0\0ah\u0009u.", "the memo")]
    [InlineData("t.", "MARK")]
    [InlineData("}u.", "MARK")]
    [InlineData(".", "the stack")]
    [InlineData("\u00ff.", "not a pickle instruction")]
    [InlineData("X\u00ff\u00ff\u00ff\u007f.", "ends early")]
    [InlineData("N.", "no dict")]
    [InlineData("}.", "no tensors")]
    public void Refuses_what_is_no_data(string pickle, string said)
    {
        string path = PathOf("a.pt");
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("archive/data.pkl").Open())
            entry.Write([0x80, 2, .. System.Text.Encoding.Latin1.GetBytes(pickle)]);
        Refused(path, said);
    }

    // Property: dicts that contain each other, and ten thousand inside one another, end.
    [Fact]
    public void Nesting_and_cycles_end()
    {
        string path = PathOf("cycle.pt");
        PickleBuilder.New().Op("}q\u0001(").Text("self").Op("h\u0001").Text("x").Tensor("0", 1, 0, [1], [1]).Op("u")
            .SaveZip(path, CompressionLevel.NoCompression, ("archive/data/0", PickleBuilder.Floats(1)));
        using (var file = TorchFile.Open(path)) Assert.Equal(["x"], file.Tensors.Keys);

        var deep = PickleBuilder.New();
        for (int i = 0; i < 10_000; i++) deep.Op("}").Text("a");
        deep.Op("}");
        for (int i = 0; i < 10_000; i++) deep.Op("s");
        deep.SaveZip(PathOf("deep.pt"));
        Refused(PathOf("deep.pt"), "no tensors");
    }

    // Property: small files that unpack or unfold to gigabytes are refused with less than 200 MB allocated.
    [Fact]
    public void Bombs_stay_small()
    {
        var zeros = new byte[300 << 20];
        PickleBuilder.New().Op("}(").Text("x").Tensor("0", zeros.Length / 4, 0, [zeros.Length / 4], [1]).Op("u")
            .SaveZip(PathOf("zip.pt"), CompressionLevel.SmallestSize, ("archive/data/0", zeros));
        Assert.True(new FileInfo(PathOf("zip.pt")).Length < 1 << 20);
        zeros = [];
        var dicts = new byte[20 << 20];
        Array.Fill(dicts, (byte)'}');
        PickleBuilder.New().Raw(dicts).SaveZip(PathOf("dicts.pt"));
        PickleBuilder.New().Raw([.. Enumerable.Repeat((byte)'(', 20 << 20)]).SaveZip(PathOf("marks.pt"));
        var memo = PickleBuilder.New().Op("}");
        for (uint i = 0; i < 2_000_000; i++) memo.Op("r").Raw(BitConverter.GetBytes(i * 2000));
        memo.SaveZip(PathOf("memo.pt"));
        PickleBuilder.New().Raw(new byte[40 << 20]).SaveZip(PathOf("long.pt"));
        foreach (var (name, said) in ((string, string)[])[("zip.pt", "unpack"), ("dicts.pt", "more values"),
            ("marks.pt", "more values"), ("memo.pt", "more values"), ("long.pt", "at most")])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Refused(PathOf(name), said);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 200 << 20, $"{name} took {allocated >> 20} MB");
        }
    }

    // Property: many views of one storage don't add up to more than a small multiple of the file.
    [Fact]
    public void Shared_storages_are_bounded()
    {
        string path = PathOf("a.pt");
        var pickle = PickleBuilder.New().Op("}(");
        for (int i = 0; i < 100; i++) pickle.Text($"x{i}").Tensor("0", 1 << 20, 0, [1 << 20], [1]);
        pickle.Op("u").SaveZip(path, CompressionLevel.NoCompression, ("archive/data/0", new byte[4 << 20]));
        Refused(path, "made to fill the memory");
    }

    // Property: archives with overlapping entries, doubled names or names that lead outside are refused.
    [Theory]
    [InlineData("../escape.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("archive\\..\\..\\x")]
    [InlineData("C:evil")]
    public void Refuses_names_that_lead_outside(string name)
    {
        string path = PathOf("a.pt");
        PickleBuilder.New().Op("}(").Text("x").Tensor("0", 1, 0, [1], [1]).Op("u")
            .SaveZip(path, CompressionLevel.NoCompression, ("archive/data/0", PickleBuilder.Floats(1)), (name, [1]));
        Refused(path, "leads outside");
    }

    // Property: an entry that the directory lists twice, or that shares bytes with another, is refused.
    [Fact]
    public void Refuses_doubled_and_overlapping_entries()
    {
        string path = PathOf("a.pt");
        PickleBuilder.New().Op("}(").Text("x").Tensor("0", 1, 0, [1], [1]).Op("u")
            .SaveZip(path, CompressionLevel.NoCompression, ("archive/data/0", PickleBuilder.Floats(1)), ("archive/data/0", PickleBuilder.Floats(1)));
        Refused(path, "twice");

        string other = PathOf("b.pt");
        PickleBuilder.New().Op("}(").Text("x").Tensor("0", 1, 0, [1], [1]).Op("u")
            .SaveZip(other, CompressionLevel.NoCompression, ("archive/data/0", PickleBuilder.Floats(1)), ("archive/data/1", PickleBuilder.Floats(1)));
        byte[] bytes = File.ReadAllBytes(other);
        // The last record of the directory points where the one before it points.
        int last = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8), previous = bytes.AsSpan(0, last).LastIndexOf("PK\u0001\u0002"u8);
        bytes.AsSpan(previous + 42, 4).CopyTo(bytes.AsSpan(last + 42));
        File.WriteAllBytes(other, bytes);
        Refused(other, "overlaps");
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static void Refused(string path, string said)
    {
        var error = Assert.Throws<DarkroomException>(() => TorchFile.Open(path).Dispose());
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
