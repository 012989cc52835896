using System.Text.Json;
using Darkroom.Networks.Classifiers;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.Classifiers;

public class SceneJudgeTests
{
    private const string Residual = """{"_class_name": "ResidualSceneJudge", "widths": [32, 64, 96], "blocks": [1, 1, 2], "objects": 112}""";
    private const string Depthwise = """{"_class_name": "DepthwiseSceneJudge", "widths": [80, 128], "blocks": [3, 2], "objects": 112}""";

    // Property: a judge gives logits for each cell of 8 x 8 pixels of a picture of any size, in at most half a million weights.
    [Theory]
    [InlineData(Residual)]
    [InlineData(Depthwise)]
    public void Cells_are_eight_pixels_wide(string json)
    {
        using var judge = Create(json);
        Assert.InRange(judge.parameters().Sum(p => p.numel()), 200_000, 500_000);
        using var guard = no_grad();
        using var pictures = rand(2, 3, 64, 96);
        using var logits = judge.Logits(pictures);
        using var features = judge.Features(pictures);
        Assert.Equal([2, 113, 8, 12], logits.shape);
        Assert.Equal([2, judge.Config.Widths[^1]], features.shape);
    }

    // Property: every weight of a judge takes part in its answer once training has moved its zeroed layers.
    [Theory]
    [InlineData(Residual)]
    [InlineData(Depthwise)]
    public void Every_weight_gets_a_gradient(string json)
    {
        using var judge = Create(json);
        using (no_grad())
            foreach (var parameter in judge.parameters()) parameter.add_(0.01f);
        using var pictures = rand(2, 3, 64, 64);
        using var logits = judge.Logits(pictures);
        using var loss = logits.square().mean();
        loss.backward();
        Assert.All(judge.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().sum().item<float>() > 0, p.name));
    }

    // Property: a call leaves no tensors behind, and one picture's answer doesn't depend on the others of its batch.
    [Theory]
    [InlineData(Residual)]
    [InlineData(Depthwise)]
    public void Pictures_of_a_batch_are_judged_alone(string json)
    {
        using var judge = Create(json);
        using var guard = no_grad();
        using var pictures = rand(3, 3, 64, 64);
        judge.Judge(pictures);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var together = judge.Judge(pictures);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var second = pictures.narrow(0, 1, 1);
        var alone = judge.Judge(second)[0];
        for (int thing = 0; thing < judge.Config.Objects; thing++) Assert.Equal(together[1].Presence(thing), alone.Presence(thing), 1e-4f);
    }

    // Property: a configuration that isn't possible is refused with every value that is wrong.
    [Fact]
    public void Configurations_are_checked()
    {
        var error = Assert.Throws<DarkroomException>(() => Create("""{"_class_name": "ResidualSceneJudge", "widths": [32, 60], "blocks": [1, 1, 100], "objects": 0}"""));
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Equal(["blocks", "objects", "objects", "widths", "widths"], error.Problems.Select(p => p.Where!).Order(StringComparer.Ordinal));
    }

    // Property: presence is the mean of the four likeliest cells, and the centre is where the probability lies.
    [Fact]
    public void Judgements_say_what_and_where()
    {
        using var logits = zeros(1, 4, 8, 8); // objects 0, 1, 2 and nothing
        logits[0, 3].fill_(30);
        logits[0, 1, 2, 6] = logits[0, 1, 2, 7] = logits[0, 1, 3, 6] = logits[0, 1, 3, 7] = 60; // two rows, two columns
        logits[0, 2, 7, 0] = logits[0, 2, 6, 0] = 60;                                           // two cells only
        var judgement = Assert.Single(SceneJudgement.Read(logits));
        Assert.Equal(1, judgement.Strongest);
        Assert.Equal(1, judgement.Presence(1), 1e-5f);
        Assert.Equal(0.5f, judgement.Presence(2), 1e-5f);
        Assert.Equal(0, judgement.Presence(0), 1e-5f);
        Assert.Equal((7f / 8, 3f / 8), (judgement.Centre(1).X, judgement.Centre(1).Y));
        Assert.Equal(0.5f / 8, judgement.Centre(2).X, 1e-5f);
        Assert.Equal(7f / 8, judgement.Centre(2).Y, 1e-5f);
        Assert.True(judgement.IsFound(1));
        Assert.False(judgement.IsFound(0));
    }

    private static SceneJudge Create(string json)
    {
        using var document = JsonDocument.Parse(json);
        return SceneJudge.Create(SceneJudgeConfig.FromJson(document.RootElement));
    }
}
