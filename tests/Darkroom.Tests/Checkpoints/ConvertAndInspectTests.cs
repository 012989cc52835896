using Darkroom.Checkpoints;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints;

/// <summary>darkroom convert and darkroom inspect on the golden models, through the real command line.</summary>
public sealed class ConvertAndInspectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-convert-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Property: folder to single file to folder changes no bit, and the folder has what other programs need to open it.
    [Fact]
    public void Folder_to_single_file_and_back()
    {
        string model = GoldenCheckpoints.Assemble(GoldenCheckpoints.Index.Single(c => c.Name == "sd1"), _folder),
            file = Path.Combine(_folder, "a.safetensors"), back = Path.Combine(_folder, "back");
        Succeeds("convert", model, file);
        Succeeds("convert", file, back, "--config", model);
        using Checkpoint first = Checkpoint.Open(model), second = Checkpoint.Open(back);
        foreach (var network in first.Components.Values) Assert.Empty(GoldenCheckpoints.Differences(network.Tensors,
            second.Component(network.Name).Tensors));
        Assert.All((string[])["model_index.json", "scheduler/scheduler_config.json", "unet/config.json",
            "tokenizer/tokenizer_config.json"], f => Assert.True(File.Exists(Path.Combine(back, f)), f));
        Assert.Equal(0, DarkroomProcess.Run(["inspect", back]).ExitCode);
    }

    // Property: a .ckpt becomes safetensors of another dtype: every float of the networks is that dtype and nearest to the stored one.
    [Fact]
    public void Pickle_to_safetensors_in_another_dtype()
    {
        string golden = GoldenData.PathOf("models/checkpoints/sd1_inpaint.ckpt"), file = Path.Combine(_folder, "a.safetensors");
        string configs = GoldenCheckpoints.Assemble(GoldenCheckpoints.Index.Single(c => c.Name == "sd1_inpaint"), _folder);
        Succeeds("convert", golden, file, "--dtype", "bf16", "--config", configs);
        using var stored = TorchFile.Open(golden);
        using var written = SafetensorsFile.Open(file);
        Assert.Equal(stored.Tensors.Keys.Order(StringComparer.Ordinal), written.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (string key in stored.Tensors.Keys)
        {
            using var scope = NewDisposeScope();
            bool converted = key.Contains('.', StringComparison.Ordinal) && TensorDtypes.IsFloat(stored.Tensors[key].Dtype);
            var expected = converted ? stored.Read(key).to_type(ScalarType.BFloat16) : stored.Read(key);
            Assert.Equal(expected.dtype, written.Tensors[key].Dtype);
            Assert.True(expected.bytes.SequenceEqual(written.Read(key).bytes), key);
        }
    }

    // Property: an output that exists is kept unless the command is told, and a name of a pickle is refused.
    [Fact]
    public void Outputs_are_not_replaced()
    {
        string golden = GoldenData.PathOf("models/checkpoints/sd1.safetensors"), file = Path.Combine(_folder, "a.safetensors");
        string configs = GoldenCheckpoints.Assemble(GoldenCheckpoints.Index.Single(c => c.Name == "sd1"), _folder);
        File.WriteAllText(file, "mine");
        Assert.Equal(6, DarkroomProcess.Run(["convert", golden, file, "--config", configs]).ExitCode);
        Assert.Equal(6, DarkroomProcess.Run(["convert", golden, _folder, "--config", configs]).ExitCode);
        Assert.Equal(2, DarkroomProcess.Run(["convert", golden, Path.Combine(_folder, "b.ckpt"), "--config", configs]).ExitCode);
        Assert.Equal("mine", File.ReadAllText(file));
        Succeeds("convert", golden, file, "--config", configs, "--overwrite");
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(_folder), f =>
            Path.GetFileName(f).StartsWith(".darkroom-", StringComparison.Ordinal));
    }

    // Property: inspect names family, networks, prediction and memory of models, and words and widths of embeddings and adapters.
    [Fact]
    public void Inspect_says_what_files_are()
    {
        string configs = GoldenCheckpoints.Assemble(GoldenCheckpoints.Index.Single(c => c.Name == "sd2"), _folder);
        var model = DarkroomProcess.Run(["inspect", GoldenData.PathOf("models/checkpoints/sd2.safetensors"), "--config", configs,
            "--json", "--width", "64", "--height", "64", "--dtype", "f32"]).Json;
        Assert.Equal("stable_diffusion2", model.GetProperty("family").GetString());
        Assert.Equal("v_prediction", model.GetProperty("prediction_type").GetString());
        Assert.Equal(["unet", "vae", "text_encoder"], model.GetProperty("networks").EnumerateArray().Select(n => n.GetProperty("name").GetString()!));
        Assert.InRange(model.GetProperty("memory").GetProperty("peak_bytes").GetInt64(), 100_000_000, 1_000_000_000);

        var embedding = DarkroomProcess.Run(["inspect", GoldenData.PathOf("models/adapters/ti_a1111.pt"), "--json"]).Json;
        Assert.Equal("embedding", embedding.GetProperty("kind").GetString());
        var word = Assert.Single(embedding.GetProperty("trained_words").EnumerateArray());
        Assert.Equal(("style-y", 2, 16),
            (word.GetProperty("word").GetString(), word.GetProperty("vectors").GetInt32(), word.GetProperty("width").GetInt32()));
    }

    // Property: what stands for an adapter is recognised by its keys, with rank, algorithm and the words of its captions.
    [Fact]
    public void Adapters_are_recognised()
    {
        using var scope = NewDisposeScope();
        string path = Path.Combine(_folder, "lora.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string,
            Tensor>
        {
            ["lora_unet_x.lora_down.weight"] = ones(4, 8),
            ["lora_unet_x.lora_up.weight"] = ones(8, 4),
            ["lora_unet_x.alpha"] = tensor(2f)
        },
            new Dictionary<string, string> { ["ss_tag_frequency"] = """{"set":{"cat":3,"red apple":7}}""" });
        var found = CheckpointInspector.Inspect(path);
        Assert.Equal((WeightsKind.Adapter, "LoRA"), (found.Kind, found.Algorithm));
        Assert.Equal([4], found.Ranks);
        Assert.Equal(["red apple", "cat"], found.TrainedWords.Select(w => w.Word));
    }

    // Property: damaged and hostile files get the exit code of bad files, and every problem on stderr.
    [Theory]
    [InlineData("malicious_zip.ckpt", "posix.system")]
    [InlineData("git_lfs_pointer.safetensors", "Git LFS")]
    public void Bad_files_are_refused(string name, string said)
    {
        var result = DarkroomProcess.Run(["inspect", GoldenData.PathOf($"models/errors/{name}")]);
        Assert.Equal(4, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    private static void Succeeds(params string[] arguments)
    {
        var result = DarkroomProcess.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
