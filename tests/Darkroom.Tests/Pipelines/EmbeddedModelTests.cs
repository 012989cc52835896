using Darkroom.Pipelines;
using Darkroom.Tests.Cli;

namespace Darkroom.Tests.Pipelines;

public class EmbeddedModelTests
{
    // Property: the model is found beside the program, else in a folder above it, the nearest first; a folder without a model is passed over.
    [Fact]
    public void The_nearest_model_is_found()
    {
        using var folder = new TemporaryFolder();
        string program = Directory.CreateDirectory(folder.File("src/bin/Release")).FullName;
        Assert.Null(EmbeddedModel.Find(program));
        string above = Model(folder.File("models/scenes"));
        Assert.Equal(above, EmbeddedModel.Find(program));
        Directory.CreateDirectory(Path.Combine(program, "models", "scenes"));
        Assert.Equal(above, EmbeddedModel.Find(program));
        Assert.Equal(Model(Path.Combine(program, "models", "scenes")), EmbeddedModel.Find(program));
    }

    // Property: without --model and without an embedded model, every command that needs one says so and what to do.
    [Fact]
    public void Its_absence_is_explained()
    {
        Assert.SkipWhen(EmbeddedModel.Find() is not null, "the embedded model is there");
        foreach (string[] words in new string[][] { ["txt2img", "a dog"], ["sample"], ["inspect"], ["inspect", "--words"] })
        {
            var result = DarkroomProcess.Run(words);
            Assert.Equal(3, result.ExitCode);
            Assert.Contains("The embedded model is not there.", result.Error, StringComparison.Ordinal);
        }
    }

    private static string Model(string path)
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(Path.Combine(path, "model_index.json"), "{}");
        return path;
    }
}
