using Darkroom.Tests.Cli;
using Darkroom.Tests.Training.Data;
using Darkroom.Training;
using Darkroom.Training.Data.Scenes;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training.Tasks;

public class JudgeTrainingTests
{
    // Property: both presets train, the loss falls, and what they write is a judge with its role that answers as the trained one did.
    [Theory]
    [InlineData("scenes-judge-choosing", "choosing")]
    [InlineData("scenes-judge-reporting", "reporting")]
    public void A_training_writes_a_judge(string preset, string role)
    {
        using var folder = new TemporaryFolder();
        var training = ConfigurationFile.Read<JudgeTraining>(preset, [
            "training.steps=6", "training.batchSize=8", "training.logEvery=1", "training.evaluateEvery=6", "training.sampleEvery=6", "training.schedule.warmUpSteps=0",
            "evaluationPictures=8", $"data.path={SceneTests.Emoji}"]);
        var run = new RunFolder(Path.Combine(folder.Path, "run"));
        run.Begin("{}", "Scene judge", "");
        Assert.Equal(6, training.Run(run, null, CancellationToken.None));
        var losses = File.ReadAllLines(run.Log).Skip(1).Select(line => double.Parse(line.Split(',')[1], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.True(losses[^1] < losses[0], string.Join(' ', losses));
        Assert.StartsWith("step,both,single", File.ReadAllText(run.Evaluations).Replace("\"", ""));
        Assert.True(new FileInfo(Path.Combine(run.Model, "model.safetensors")).Length < 1_000_000);

        var (judge, read) = SceneJudgeFolder.Load(run.Model);
        using (judge)
        {
            Assert.Equal(role, read.ToString().ToLowerInvariant());
            using var guard = no_grad();
            using var logits = judge.Logits(zeros(1, 3, 64, 64));
            Assert.True(logits.isfinite().all().item<bool>());
        }
    }

    // Property: a folder without a judge, and a judge of other objects, are refused by name.
    [Fact]
    public void Other_judges_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => SceneJudgeFolder.Load(folder.Path)).Kind);
        File.WriteAllText(Path.Combine(folder.Path, "config.json"),
            """{"_class_name": "DepthwiseSceneJudge", "widths": [80, 128], "blocks": [3, 2], "objects": 2, "object_names": ["dog", "cat"], "role": "choosing"}""");
        var error = Assert.Throws<DarkroomException>(() => SceneJudgeFolder.Load(folder.Path));
        Assert.Equal(ErrorKind.ModelMismatch, error.Kind);
    }
}
