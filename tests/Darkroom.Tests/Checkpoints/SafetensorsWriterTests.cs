using System.Text;
using Darkroom.Checkpoints;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-writer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: what is written is read back, whatever its dtype, layout and name; writing it again gives the same bytes.
    [Fact]
    public void Round_trip_is_exact_and_deterministic()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["z.half"] = rand(3, 4).to_type(ScalarType.Float16),
            ["a.channels_last"] = rand(2, 5, 5, 3).permute(0, 3, 1, 2),
            ["scalar"] = tensor(3L),
            ["empty"] = zeros(0, 7),
            ["na\"me\\ \u00e9\n"] = ones(2, ScalarType.BFloat16),
            ["flags"] = tensor(new[] { true, false }),
        };
        string first = Path.Combine(_folder, "1.safetensors"), second = Path.Combine(_folder, "2.safetensors");
        SafetensorsWriter.Write(first, tensors, new Dictionary<string, string> { ["b"] = "2", ["a"] = "\"1\"" });
        using var file = SafetensorsFile.Open(first);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "\"1\"", ["b"] = "2", ["format"] = "pt" }, file.Metadata);
        Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in tensors)
        {
            Assert.Equal(tensor.dtype, file.Tensors[name].Dtype);
            Assert.True(tensor.equal(file.Read(name)).all().item<bool>(), name);
            Assert.Equal(tensor.shape, file.Read(name).shape);
        }
        SafetensorsWriter.Write(second, file, file.Metadata);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
    }

    // Property: data starts at a multiple of eight, and the header says the format that other programs ask for.
    [Fact]
    public void Header_is_padded_and_says_pt()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        using var one = ones(1);
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["x"] = one });
        byte[] bytes = File.ReadAllBytes(path);
        long length = BitConverter.ToInt64(bytes);
        Assert.Equal(0, length % 8);
        Assert.StartsWith("""{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", Encoding.UTF8.GetString(bytes, 8, (int)length), StringComparison.Ordinal);
    }

    // Property: an existing file is only replaced when that is asked for.
    [Fact]
    public void Existing_files_are_kept()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        File.WriteAllText(path, "mine");
        using var one = ones(1);
        var tensors = new Dictionary<string, Tensor> { ["x"] = one };
        Assert.Equal(ErrorKind.OutputFailed, Assert.Throws<DarkroomException>(() => SafetensorsWriter.Write(path, tensors)).Kind);
        Assert.Equal("mine", File.ReadAllText(path));
        SafetensorsWriter.Write(path, tensors, overwrite: true);
        using var file = SafetensorsFile.Open(path);
        Assert.Single(file.Tensors);
    }

    // Property: rewriting a file of the format's own library gives the same bytes.
    [Fact]
    [Trait("Category", "Golden")]
    public void Rewrites_a_reference_file_byte_for_byte()
    {
        string golden = GoldenData.PathOf("models/checkpoints/sd1.safetensors"), path = Path.Combine(_folder, "a.safetensors");
        using var file = SafetensorsFile.Open(golden);
        SafetensorsWriter.Write(path, file, file.Metadata);
        Assert.Equal(File.ReadAllBytes(golden), File.ReadAllBytes(path));
    }
}
