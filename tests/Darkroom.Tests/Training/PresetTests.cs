using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Training;

namespace Darkroom.Tests.Training;

/// <summary>Built-in configurations are trainings that begin: each of those for pixels takes a step as it is, but for its batch.</summary>
public class PresetTests
{
    private static readonly string Emoji = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji");

    // Property: the emoji presets' networks can be built, take a step and leave a model.
    [Theory]
    [InlineData("pixel", "emoji-cascade-16")]
    [InlineData("pixel", "emoji-cascade-32")]
    [InlineData("pixel", "emoji-ddpm")]
    [InlineData("pixel", "emoji-edm")]
    [InlineData("pixel", "emoji-improved-ddpm")]
    [InlineData("pixel", "emoji-score-vp")]
    [InlineData("classifier", "emoji-classifier")]
    [Trait("Category", "Slow")]
    public void A_preset_takes_a_step(string command, string preset)
    {
        using var folder = new TemporaryFolder();
        var result = DarkroomProcess.Run("train", command, "--config", preset, "--run", folder.Path, "--set", $"data.path={Emoji}", "--set", "training.steps=1",
            "--set", "training.batchSize=2", "--set", "training.sampleEvery=0", "--set", "training.evaluateEvery=0");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(folder.Path, "model"), "*.safetensors", SearchOption.AllDirectories));
    }

    // Property: no preset is left out above without being of another kind.
    [Fact]
    public void Every_emoji_preset_is_tried()
    {
        var tried = typeof(PresetTests).GetMethod(nameof(A_preset_takes_a_step))!.GetCustomAttributes(typeof(InlineDataAttribute), false)
            .Cast<InlineDataAttribute>().Select(data => (string)data.Data[1]!);
        Assert.Equal(ConfigurationFile.Presets.Where(name => name.StartsWith("emoji-", StringComparison.Ordinal)), tried.Order(StringComparer.Ordinal));
    }
}
