using System.Buffers.Binary;
using System.Text;
using Darkroom.Checkpoints;
using Darkroom.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: every dtype, a scalar, an empty tensor and tensors at odd offsets read as they were written.
    [Fact]
    public void Reads_every_dtype_at_any_alignment()
    {
        using var scope = NewDisposeScope();
        string path = Write("""
            {"b":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]},
             "f":{"dtype":"F32","shape":[2,1],"data_offsets":[3,11]},
             "h":{"dtype":"BF16","shape":[1],"data_offsets":[11,13]},
             "i":{"dtype":"I64","shape":[],"data_offsets":[13,21]},
             "e":{"dtype":"F64","shape":[0,5],"data_offsets":[21,21]}}
            """, [1, 0, 1, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f), 0xC0, 0x3F, .. BitConverter.GetBytes(-7L)]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([true, false, true], file.Read("b").data<bool>().ToArray());
        Assert.Equal([1.5f, -2f], file.Read("f").data<float>().ToArray());
        Assert.Equal([2L, 1L], file.Read("f").shape);
        Assert.Equal(1.5, file.Read("h").to_type(ScalarType.Float64).item<double>());
        Assert.Equal(-7, file.Read("i").item<long>());
        Assert.Empty(file.Read("i").shape);
        Assert.Equal([0L, 5L], file.Read("e").shape);
    }

    // Property: a tensor stays readable after its file was closed and its pages were given back.
    [Fact]
    public void Tensors_outlive_the_file()
    {
        using var scope = NewDisposeScope();
        string path = Path.Combine(_folder, "a.safetensors");
        using var numbers = arange(100_000, dtype: ScalarType.Float32);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = numbers });
        Tensor read;
        using (var file = SafetensorsFile.Open(path))
        {
            read = file.Read("x");
            _ = read.sum().item<float>();
            file.Release("x");
        }
        Assert.True(read.equal(numbers).all().item<bool>());
    }

    // Property: reading leaves no tensor behind.
    [Fact]
    public void Reading_leaks_nothing()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        using (var numbers = arange(10)) SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = numbers });
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var file = SafetensorsFile.Open(path)) file.Read("x").Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Property: each defect of a header is named.
    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "4 bytes after the last tensor")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "4 bytes before it belong to no tensor")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "overlaps")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "listed twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "listed twice")]
    [InlineData("""{"x":{"dtype":"F19","shape":[1],"data_offsets":[0,4]}}""", 4, "'F19'")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "negative")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "larger than any file")]
    [InlineData("""{"x":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "larger than any file")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "whole number")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "takes 8 bytes, but 4 are stored")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "outside")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,99]}}""", 4, "outside")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", 4, "lacks")]
    [InlineData("""{"x":[]}""", 0, "StartObject is expected")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "String is expected")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]],"data_offsets":[0,4]}}""", 4, "whole number")]
    [InlineData("""{"x":{"extra":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]],"data_offsets":[0,4]}}""", 4, "depth")]
    [InlineData("""[]""", 0, "StartObject is expected")]
    [InlineData("""{"x":""", 0, "not the JSON")]
    [InlineData("""{} {}""", 0, "not the JSON")]
    public void Names_what_is_wrong(string header, int dataBytes, string said)
    {
        var error = Assert.Throws<DarkroomException>(() => SafetensorsFile.Open(Write(header, new byte[dataBytes])).Dispose());
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    // Property: several defects are reported together.
    [Fact]
    public void Reports_all_defects_at_once()
    {
        string path = Write("""{"x":{"dtype":"F19","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", new byte[4]);
        var error = Assert.Throws<DarkroomException>(() => SafetensorsFile.Open(path).Dispose());
        Assert.Equal(2, error.Problems.Count);
    }

    // Property: a header of millions of entries is refused before it takes much memory.
    [Fact]
    public void Bounds_the_memory_of_a_hostile_header()
    {
        var header = new StringBuilder("{");
        for (int i = 0; i < 1_000_000; i++) header.Append(null, $"\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}},");
        header[^1] = '}';
        string path = Write(header.ToString(), []);
        header.Clear();
        GC.Collect();
        long before = GC.GetTotalAllocatedBytes();
        Assert.Throws<DarkroomException>(() => SafetensorsFile.Open(path).Dispose());
        Assert.True(GC.GetTotalAllocatedBytes() - before < 200_000_000);
    }

    // Property: a file, a folder or nothing at all in place of a checkpoint is said to be that.
    [Fact]
    public void Missing_files_and_folders_are_not_found()
    {
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => SafetensorsFile.Open(Path.Combine(_folder, "none")).Dispose()).Kind);
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => SafetensorsFile.Open(_folder).Dispose()).Kind);
    }

    // Property: every golden tensor has the values that an independent reader finds.
    [Fact]
    [Trait("Category", "Golden")]
    public void Golden_tensors_are_read_alike()
    {
        string[] files = [.. Directory.EnumerateFiles(GoldenData.PathOf("models"), "*.safetensors", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}errors{Path.DirectorySeparatorChar}", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        foreach (string path in files)
        {
            using var scope = NewDisposeScope();
            var golden = GoldenData.Tensors(path);
            using var file = SafetensorsFile.Open(path);
            Assert.Equal(golden.Names.Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (string name in golden.Names)
            {
                using var inner = NewDisposeScope();
                Tensor expected = golden[name], read = file.Read(name);
                Assert.Equal(expected.dtype, read.dtype);
                Assert.Equal(expected.shape, read.shape);
                Assert.True(expected.bytes.SequenceEqual(read.bytes), $"{path}: {name}");
            }
            GoldenReport.Add("models/safetensors files", 1, 1);
        }
    }

    private string Write(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        string path = Path.Combine(_folder, $"{Guid.NewGuid():N}.safetensors");
        File.WriteAllBytes(path, [.. length, .. json, .. data]);
        return path;
    }
}
