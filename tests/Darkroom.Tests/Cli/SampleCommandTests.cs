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

    private static DarkroomResult Run(TemporaryFolder folder, params string[] words)
    {
        var result = DarkroomProcess.Run(words, folder.Path, Model);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }
}
