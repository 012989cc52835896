using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

/// <summary>The damaged, hostile and odd checkpoint files of the golden set behave as their index says.</summary>
[Trait("Category", "Golden")]
public sealed class ErrorFilesTests
{
    private static readonly string Folder = GoldenData.PathOf("models/errors");

    // Property: every safetensors file and pickle of the index loads, or is refused with words that say what its description says.
    [Fact]
    public void Every_checkpoint_file_behaves_as_described()
    {
        foreach (var (name, about) in Files().Where(f => Path.GetExtension(f.Name) is ".safetensors" or ".ckpt" or ".pt"))
        {
            string expect = about.GetProperty("expect").GetString()!, path = Path.Combine(Folder, name);
            if (name.StartsWith("taesd", StringComparison.Ordinal)) continue;
            if (expect.StartsWith("loads", StringComparison.Ordinal))
            {
                using var scope = NewDisposeScope();
                using var source = Open(path);
                Assert.NotEmpty(source.Tensors);
                foreach (string key in source.Tensors.Keys) Assert.Equal(source.Tensors[key].Shape, source.Read(key).shape);
            }
            else
            {
                var error = Assert.Throws<DarkroomException>(() => Open(path).Dispose());
                Assert.Equal(ErrorKind.BadFile, error.Kind);
                Assert.Contains(name, error.Message, StringComparison.Ordinal);
                Assert.All(Words(expect), word => Assert.Contains(word, error.Message, StringComparison.OrdinalIgnoreCase));
            }
            GoldenReport.Add("models/errors checkpoints", 1, 1);
        }
        Assert.False(File.Exists("pwned"));
        Assert.False(File.Exists(Path.Combine(Folder, "pwned")));
    }

    // Property: a checkpoint for another network is refused with its key, the expected shape and the found one; NaN and infinity are named.
    [Fact]
    public void Every_mismatch_is_named()
    {
        foreach (var (name, about) in Files().Where(f => f.Name.StartsWith("taesd", StringComparison.Ordinal)))
        {
            using var scope = NewDisposeScope();
            string intact = GoldenData.PathOf($"models/{about.GetProperty("intact").GetString()}");
            // The smaller golden set lacks the intact file; the one with an infinity has the same keys and shapes.
            using var expected = SafetensorsFile.Open(File.Exists(intact) ? intact : Path.Combine(Folder, "taesd_inf.safetensors"));
            using var source = SafetensorsFile.Open(Path.Combine(Folder, name));
            var problems = ModuleLoader.Compare(expected.Tensors.ToDictionary(t => t.Key, t => t.Value.Shape), source, component: null);
            string[] said = [.. problems.Select(p => p.ToString()), .. source.Tensors.Keys.Where(k => NonFiniteScan.Any(source.Read(k)))];
            string only = Assert.Single(said);
            Assert.StartsWith(name.Contains("missing", StringComparison.Ordinal) ? "1.bias: It is missing; ["
                : name.Contains("extra", StringComparison.Ordinal) ? "99.weight: It is unexpected"
                : name.Contains("shape", StringComparison.Ordinal)
                    ? $"1.weight: It is {TensorDtypes.Describe(source.Tensors["1.weight"].Shape)}; {TensorDtypes.Describe(expected.Tensors["1.weight"].Shape)} is expected."
                : "1.weight", only, StringComparison.Ordinal);
            GoldenReport.Add("models/errors networks", 1, 1);
        }
    }

    // Property: the files that load have the values that the index gives.
    [Fact]
    public void Loadable_files_have_the_described_values()
    {
        using var scope = NewDisposeScope();
        using var dtypes = Open(Path.Combine(Folder, "dtypes.safetensors"));
        Assert.Equal([1.5], dtypes.Read("f64").data<double>().ToArray());
        Assert.Equal([1.5f, -2f], dtypes.Read("bf16").to_type(ScalarType.Float32).data<float>().ToArray());
        Assert.Equal(-7, dtypes.Read("i64").item<long>());
        Assert.Equal([1, 2, 3, 255], dtypes.Read("u8").data<byte>().ToArray());
        Assert.Equal([true, false], dtypes.Read("bool").data<bool>().ToArray());

        using var views = Open(Path.Combine(Folder, "views.ckpt"));
        using var c = arange(24, dtype: ScalarType.Float32).view(4, 6);
        Assert.True(views.Read("c").equal(c).all().item<bool>());
        Assert.True(views.Read("a").equal(c.t()).all().item<bool>());
        Assert.True(views.Read("b").equal(c[1..3, 2..5]).all().item<bool>());
        Assert.True(views.Read("a").is_contiguous());
        Assert.Equal([4L, 6L], views.Read("d").shape);
        Assert.Equal(3, views.Read("e").item<long>());
        Assert.Equal([1.5f, -2f], views.Read("f").to_type(ScalarType.Float32).data<float>().ToArray());

        using var plain = Open(Path.Combine(Folder, "ok.safetensors"));
        foreach (string name in (string[])["ok.ckpt", "ok_legacy.ckpt", "ok_flat.pt", "lightning_global.ckpt"])
        {
            using var other = Open(Path.Combine(Folder, name));
            Assert.Equal(plain.Tensors.Keys.Order(StringComparer.Ordinal), other.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (string key in plain.Tensors.Keys) Assert.True(plain.Read(key).equal(other.Read(key)).all().item<bool>(), $"{name}: {key}");
        }
    }

    private static ITensorSource Open(string path) => Path.GetExtension(path) == ".safetensors" ? SafetensorsFile.Open(path) : TorchFile.Open(path);

    private static IEnumerable<(string Name, JsonElement About)> Files() =>
        GoldenData.Json("models/errors/errors.json").EnumerateObject().Select(e => (e.Name, e.Value))
            .Where(e => File.Exists(Path.Combine(Folder, e.Name)));

    /// <summary>Words of the descriptions that our message must have too.</summary>
    private static IEnumerable<string> Words(string expect) => ((string[])
        ["posix.system", "builtins.getattr", "F19", "negative", "overlap", "Git LFS", "HTML", "not the JSON", "tensors"])
            .Where(word => expect.Contains(word.Replace("not the JSON", "not JSON", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase));
}
