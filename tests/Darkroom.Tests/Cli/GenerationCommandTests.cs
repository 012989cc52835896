using Darkroom.Imaging;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Cli;

public class GenerationCommandTests
{
    private static readonly Dictionary<string, string?> Model = new()
    {
        ["DARKROOM_MODEL"] = GoldenData.PathOf("models/checkpoints/sd1.safetensors"),
        ["DARKROOM_CONFIG"] = GoldenData.PathOf("models/checkpoints/sd1"),
        ["DARKROOM_DTYPE"] = "f32",
        ["DARKROOM_STEPS"] = "2",
    };

    // Property: a picture without a name is named after its prompt, a free one like it is taken if that exists, and stdout says which.
    [Fact]
    public void Pictures_are_named_after_the_prompt()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(folder.File("a-red-apple.png"), Run(folder, "txt2img", "a red apple").Output.Trim());
        Assert.Equal(folder.File("a-red-apple-1.png"), Run(folder, "txt2img", "a red apple").Output.Trim());
    }

    // Property: --from repeats a picture byte for byte, with its own settings in place of all defaults; what stands on the command line changes it.
    [Fact]
    public void A_picture_is_repeated_from_itself()
    {
        using var folder = new TemporaryFolder();
        Run(folder, "txt2img", "a red apple", "--seed", "7", "--steps", "3", "--guidance", "3", "--negative-prompt", "green", "-o", "first.png");
        Run(folder, "txt2img", "--from", "first.png", "-o", "again.png");
        Run(folder, "txt2img", "--from", "first.png", "--seed", "8", "-o", "other.png");
        Assert.Equal(File.ReadAllBytes(folder.File("first.png")), File.ReadAllBytes(folder.File("again.png")));
        Assert.NotEqual(File.ReadAllBytes(folder.File("first.png")), File.ReadAllBytes(folder.File("other.png")));
        Assert.Contains("Seed: 8", PictureMetadata.Read(folder.File("other.png")).Parameters, StringComparison.Ordinal);
    }

    // Property: a batch is written as FILE-0.png, FILE-1.png, ..., the report names every file with its seed, and nothing is overwritten unless told.
    [Fact]
    public void Batches_are_numbered_and_kept()
    {
        using var folder = new TemporaryFolder();
        string[] words = ["txt2img", "x", "--batch", "2", "--seed", "5", "-o", "b.png", "--save-latents", "b.safetensors"];
        var report = Run(folder, [.. words, "--json"]).Json;
        Assert.Equal(["b-0.png", "b-1.png"], report.GetProperty("pictures").EnumerateArray().Select(p => p.GetProperty("file").GetString()));
        Assert.Equal([5, 6], report.GetProperty("pictures").EnumerateArray().Select(p => p.GetProperty("seed").GetInt64()));
        Assert.Equal(2, new GoldenTensors(folder.File("b.safetensors")).Shape("latents")[0]);
        var refused = DarkroomProcess.Run(words, folder.Path, Model);
        Assert.Equal(6, refused.ExitCode);
        Assert.Contains("b-0.png: The file exists already.", refused.Error, StringComparison.Ordinal);
        Run(folder, [.. words, "--overwrite"]);
    }

    // Property: what is wrong with a request is said by the names of the options, all at once.
    [Fact]
    public void Problems_name_options()
    {
        var result = DarkroomProcess.Run(["txt2img", "x", "--width", "30", "--guidance-rescale", "3"], environment: Model);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error: --width: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("error: --guidance-rescale: ", result.Error, StringComparison.Ordinal);
    }

    // Property: options that must be given are asked for by name.
    [Fact]
    public void Missing_options_are_named()
    {
        string error = DarkroomProcess.Run(["inpaint", "x"], environment: Model).Error;
        Assert.Contains("--init-image: This must be given.", error, StringComparison.Ordinal);
        Assert.Contains("--mask: This must be given.", error, StringComparison.Ordinal);
    }

    // Property: Ctrl+C stops within a step and says which pictures were kept.
    [Fact]
    public void Interrupted_batches_keep_what_is_done()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals to send");
        using var folder = new TemporaryFolder();
        using var process = DarkroomProcess.Start(["txt2img", "x", "--batch", "10000", "--sampler", "ddim", "-o", "many.png"], folder.Path, Model);
        while (!File.Exists(folder.File("many-1.png"))) Thread.Sleep(10);
        process.Signal("TERM");
        var result = process.Wait();
        Assert.Equal(143, result.ExitCode);
        Assert.Contains(" pictures, many-0.png to many-", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path, ".*"));
    }

    private static DarkroomResult Run(TemporaryFolder folder, params string[] words)
    {
        var result = DarkroomProcess.Run(words, folder.Path, Model);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
