using System.Buffers.Binary;
using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Pipelines;
using Darkroom.Tests.Checkpoints;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Pipelines;

/// <summary>
/// The folder of the embedded model, read without Darkroom's own readers: keys and shapes are those that its configurations imply, and those that were
/// approved (tests/golden/keys/scenes-*.txt).
/// </summary>
public class EmbeddedModelFolderTests
{
    private const long LargestFolder = 45_000_000;
    private const string Approved = "tests/golden/keys";

    private static readonly (string Component, string Weights)[] Networks =
        [("unet", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model"), ("text_encoder", "model")];

    // Property: models/scenes is what its configurations and the approved lists say, in half precision and small enough to be carried along.
    [Fact]
    public void The_embedded_model_is_as_approved()
    {
        string folder = EmbeddedModel.Find() ?? Path.Combine(GoldenData.RepositoryRoot, "models", "scenes");
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "model_index.json")), "models/scenes is not in the repository yet");
        AssertAsApproved(folder);
        using var checkpoint = Checkpoint.Open(folder);
        Assert.True(checkpoint is { Words.Groups: [{ Name: "objects", Words.Count: >= 100 }, ..], Defaults: not null });
    }

    // Property: the commands that make the embedded model, with its own configurations but one step each, make a folder that is as approved.
    [Fact]
    public void Its_commands_make_what_is_approved()
    {
        using var folder = new TemporaryFolder();
        string[] once = ["--set", "training.steps=1", "--set", "training.batchSize=1", "--set", "training.sampleEvery=0", "--set", "training.evaluateEvery=0",
            "--set", "training.threads=1", "--set", $"data.path={Path.Combine(GoldenData.RepositoryRoot, "data", "emoji")}"];
        Run("train", "tokenizer", "--output", folder.File("tokenizer"));
        Run(["train", "autoencoder", "--run", folder.File("first-stage"), "--set", "evaluationPictures=1", .. once]);
        Run(["train", "latent", "--run", folder.File("latent"), "--set", $"firstStage={folder.File("first-stage/model")}",
            "--set", $"tokenizer={folder.File("tokenizer")}", "--set", "cachedPictures=1", .. once]);
        Run("convert", folder.File("latent/model"), folder.File("scenes"), "--dtype", "f16");
        AssertAsApproved(folder.File("scenes"));

        var report = Run("txt2img", "a red apple on a blue background", "--model", folder.File("scenes"), "--steps", "1", "-o", folder.File("apple.png"), "--json").Json;
        Assert.Empty(report.GetProperty("unknown_words").EnumerateArray());
        Assert.Equal(256, report.GetProperty("pictures")[0].GetProperty("width").GetInt32());
        string words = Run("inspect", "--words", "--model", folder.File("scenes")).Output;
        Assert.Contains("112 objects", words, StringComparison.Ordinal);
        Assert.Contains("watermelon", words, StringComparison.Ordinal);
    }

    private static void AssertAsApproved(string folder)
    {
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "model_index.json")));
        Assert.Equal("StableDiffusionPipeline", index.RootElement.GetProperty("_class_name").GetString());
        foreach (var (component, weights) in Networks)
        {
            Assert.Equal(2, index.RootElement.GetProperty(component).GetArrayLength());
            using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, component, "config.json")));
            var (lines, dtypes) = Header(Path.Combine(folder, component, weights + ".safetensors"));
            Assert.Equal(SharedKeys.Shapes(component, config.RootElement).Select(w => Line(w.Key, w.Value)).Order(StringComparer.Ordinal), lines);
            Assert.Equal(["F16"], dtypes);
            AssertApproved($"scenes-{component}.txt", lines);
        }
        Assert.All((string[])["tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json"], file => Assert.True(File.Exists(Path.Combine(folder, file)), file));
        Assert.InRange(new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length), 1, LargestFolder);
    }

    private static void AssertApproved(string name, IReadOnlyList<string> lines)
    {
        string path = Path.Combine(GoldenData.RepositoryRoot, Approved, name);
        if (Environment.GetEnvironmentVariable("DARKROOM_WRITE_KEYS") == "1") File.WriteAllLines(path, lines);
        Assert.Equal(File.ReadAllLines(path), lines);
    }

    // 8 bytes of length, then JSON: https://github.com/huggingface/safetensors.
    private static (IReadOnlyList<string> Lines, IEnumerable<string> Dtypes) Header(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        var json = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        file.ReadExactly(json);
        using var header = JsonDocument.Parse(json);
        var tensors = header.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__").ToList();
        return (
            [.. tensors.Select(t => Line(t.Name, t.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()))).Order(StringComparer.Ordinal)],
            [.. tensors.Select(t => t.Value.GetProperty("dtype").GetString()!).Distinct()]);
    }

    private static string Line(string key, IEnumerable<long> shape) => $"{key} [{string.Join(", ", shape)}]";

    private static DarkroomResult Run(params string[] arguments)
    {
        var result = DarkroomProcess.Run(arguments, timeout: TimeSpan.FromMinutes(3));
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
