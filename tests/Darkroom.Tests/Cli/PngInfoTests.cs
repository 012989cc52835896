using System.Text.Json;
using Darkroom.Imaging;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Cli;

public class PngInfoTests
{
    // Property: the parameters of every golden picture are printed as they stand in it, other texts after them, and libtorch is not loaded for it.
    [Fact]
    public void Prints_what_the_picture_carries()
    {
        var cases = GoldenData.JsonLines("text/pictures.jsonl").ToList();
        var loading = new Dictionary<string, string?> { ["LD_DEBUG"] = "files" }; // Linux says on stderr what is loaded
        var result = DarkroomProcess.Run(["png-info", "--json", .. cases.Select(PathOf)], environment: loading);
        Assert.Equal(0, result.ExitCode);
        if (OperatingSystem.IsLinux()) Assert.Contains("libcoreclr", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("LibTorchSharp", result.Error, StringComparison.Ordinal);
        var pictures = result.Json.GetProperty("pictures").EnumerateArray().ToList();
        Assert.Equal(cases.Count, pictures.Count);
        foreach (var (@case, picture) in cases.Zip(pictures))
        {
            Assert.Equal(@case.GetProperty("read").GetString(), picture.GetProperty("parameters").GetString());
            if (picture.GetProperty("parameters").ValueKind == JsonValueKind.Null) continue;
            Assert.True(picture.GetProperty("settings").TryGetProperty("Steps", out _));
        }

        var plain = DarkroomProcess.Run("png-info", PathOf(cases[0]));
        Assert.Equal(cases[0].GetProperty("read").GetString() + "\n", plain.Output);
    }

    private static string PathOf(JsonElement @case) => GoldenData.PathOf("text/" + @case.GetProperty("file").GetString());

    // Property: pictures that can be read are printed although others can't; every failure is named and the exit code says so.
    [Fact]
    public void One_bad_file_does_not_hide_the_others()
    {
        using var folder = new TemporaryFolder();
        new Picture(2, 2, PixelFormat.Rgb).Save(folder.File("good.png"), new PictureMetadata { Parameters = "a cat\nSteps: 1, Seed: 2, Size: 8x8" });
        new Picture(2, 2, PixelFormat.Rgb).Save(folder.File("silent.png"));
        File.WriteAllText(folder.File("bad.png"), "no picture");
        var result = DarkroomProcess.Run("png-info", folder.File("none.png"), folder.File("bad.png"), folder.File("good.png"), folder.File("silent.png"));
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("a cat\nSteps: 1, Seed: 2, Size: 8x8\n", result.Output, StringComparison.Ordinal);
        foreach (string name in new[] { "none.png", "bad.png", "silent.png" }) Assert.Contains(name, result.Error, StringComparison.Ordinal);
    }
}
