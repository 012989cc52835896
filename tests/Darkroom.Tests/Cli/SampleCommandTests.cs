using Darkroom.Imaging;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Cli;

public class SampleCommandTests
{
    private static readonly Dictionary<string, string?> Model = new()
    {
        ["DARKROOM_MODEL"] = GoldenData.PathOf("models/checkpoints/sd1"),
        ["DARKROOM_DTYPE"] = "f32",
        ["DARKROOM_STEPS"] = "2",
    };

    // Property: the pictures stand on one sheet, row by row, and are those that txt2img makes of the same seeds with no words and no guidance.
    [Fact]
    public void A_sheet_shows_the_unguided_pictures()
    {
        using var folder = new TemporaryFolder();
        var report = Run(folder, "sample", "--count", "3", "--columns", "2", "--seed", "4", "-o", "sheet.png", "--json").Json;
        Assert.Equal((3, 4), (report.GetProperty("count").GetInt32(), report.GetProperty("seed").GetInt32()));
        Run(folder, "txt2img", "", "--guidance", "1", "--seed", "4", "--batch", "3", "-o", "single.png");
        var sheet = Picture.Load(folder.File("sheet.png"));
        Assert.Equal((130, 130), (sheet.Width, sheet.Height));
        for (int i = 0; i < 3; i++)
        {
            var (left, top) = (i % 2 * 66, i / 2 * 66);
            Assert.Equal(Picture.Load(folder.File($"single-{i}.png")).Pixels.ToArray(), sheet.Crop(left, top, left + 64, top + 64).Pixels.ToArray());
        }
    }

    // Property: separate pictures are numbered and carry their parameters.
    [Fact]
    public void Separate_pictures_are_numbered()
    {
        using var folder = new TemporaryFolder();
        string[] files = Run(folder, "sample", "a red apple", "--count", "2", "--separate", "--seed", "9", "-o", "apple.png").Output.Trim().Split('\n');
        Assert.Equal(["apple-0.png", "apple-1.png"], files);
        var parameters = GenerationParameters.Parse(PictureMetadata.Read(folder.File("apple-1.png")).Parameters!);
        Assert.Equal(("a red apple", 10, 1.0), (parameters.Prompt, parameters.Seed, parameters.Guidance));
    }

    // Property: a model of pixels is sampled by the same command: classes by name, in turns; what it can't do is refused with what it knows.
    [Fact]
    public void Models_of_pixels_are_sampled()
    {
        using var folder = new TemporaryFolder();
        string emoji = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji"), model = folder.File("run/model");
        Run(folder, "train", "pixel", "--run", "run", "--set", "training.steps=1", "--set", "training.batchSize=2", "--set", "training.sampleEvery=0",
            "--set", "training.evaluateEvery=0", "--set", $"data.path={emoji}", "--set", "data.edge=16", "--set", "unet.block_out_channels=[8,8,8]",
            "--set", "unet.norm_num_groups=2", "--set", "unet.attn_norm_num_groups=2", "--set", "unet.attention_head_dim=8", "--set", "evaluationPictures=2");
        string[] sample = ["sample", "--model", model, "--count", "4", "--seed", "1", "--steps", "2"];
        Run(folder, [.. sample, "--class", "animals-nature", "--class", "food-drink", "--upscale", "2", "-o", "sheet.png"]);
        var sheet = Picture.Load(folder.File("sheet.png"));
        Assert.Equal((4 * 34 - 2, 32), (sheet.Width, sheet.Height));
        Run(folder, [.. sample, "--separate", "-o", "one.png"]);
        Assert.Equal(16, Picture.Load(folder.File("one-3.png")).Width);
        string refused = DarkroomProcess.Run([.. sample, "words", "--class", "food-drnk"], folder.Path).Error;
        Assert.Contains("This model reads no words.", refused, StringComparison.Ordinal);
        Assert.Contains("--class: There is no class \"food-drnk\".", refused, StringComparison.Ordinal);
        Assert.Contains("Did you mean food-drink?", refused, StringComparison.Ordinal);
    }

    // Property: classes are refused for a model of text.
    [Fact]
    public void Models_of_text_have_no_classes()
    {
        var refused = DarkroomProcess.Run(["sample", "--class", "food"], environment: Model);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--class: This model knows words and no classes.", refused.Error, StringComparison.Ordinal);
    }

    private static DarkroomResult Run(TemporaryFolder folder, params string[] words)
    {
        var result = DarkroomProcess.Run(words, folder.Path, Model);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
