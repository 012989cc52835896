using Darkroom.Imaging;
using Darkroom.Tests.Pipelines;

namespace Darkroom.Tests.Cli;

public class EvaluateScenesTests
{
    // Property: any checkpoint that the pipeline opens can be evaluated; the document has the measures at its top, each with interval and count.
    [Fact]
    public void A_checkpoint_is_evaluated()
    {
        using var folder = new TemporaryFolder();
        string sheet = folder.File("sheet.png");
        var result = DarkroomProcess.Run(
            "evaluate", "scenes", "--model", TinyModel.Folder, "--prompts", "4", "--steps", "2", "--threads", "1", "--dtype", "f32", "--sheet", sheet, "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        var json = result.Json;
        foreach (string name in new[] { "object", "both", "side", "colour", "heldout_pairs", "psnr" })
        {
            Assert.True(json.TryGetProperty(name, out _), name);
            Assert.Equal(2, json.GetProperty("intervals").GetProperty(name).GetArrayLength());
            Assert.True(json.GetProperty("counts").TryGetProperty(name, out _), name);
        }
        Assert.InRange(json.GetProperty("object").GetDouble(), 0, 1);
        Assert.InRange(json.GetProperty("psnr").GetDouble(), 0, 20); // weights that nobody trained
        Assert.Equal(4, json.GetProperty("counts").GetProperty("colour").GetInt32());
        Assert.Equal(1, json.GetProperty("rendered").GetProperty("colour").GetDouble());
        Assert.Equal("reporting", json.GetProperty("judge").GetString());
        Assert.True(json.GetProperty("fid").GetDouble() > json.GetProperty("least_fid").GetDouble());
        Assert.Equal((4 * 66 - 2, 64), (Picture.Load(sheet).Width, Picture.Load(sheet).Height));
    }

    // Property: the table names every measure with its gate, and says what the judge may be used for.
    [Fact]
    public void The_table_says_which_judge_it_was()
    {
        var result = DarkroomProcess.Run(
            "evaluate", "scenes", "--model", TinyModel.Folder, "--prompts", "2", "--steps", "1", "--threads", "1", "--dtype", "f32", "--judge", "choosing");
        Assert.True(result.ExitCode == 0, result.Error);
        foreach (string words in new[] { "object", "both", "side", "colour", "heldout_pairs", "psnr", "95 % interval", "missed", "The judge is the choosing one" })
            Assert.Contains(words, result.Output);
        Assert.Contains("2/2 pictures", result.Error);
    }

    // Property: a folder without judges is refused by name, before anything is drawn.
    [Fact]
    public void Missing_judges_are_named()
    {
        using var folder = new TemporaryFolder();
        var result = DarkroomProcess.Run("evaluate", "scenes", "--model", TinyModel.Folder, "--judges", folder.Path);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("There is no scene judge in this folder", result.Error);
        Assert.Contains(folder.Path, result.Error);
    }
}
