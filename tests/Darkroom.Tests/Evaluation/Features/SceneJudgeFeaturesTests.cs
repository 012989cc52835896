using Darkroom.Evaluation.Features;
using Darkroom.Networks.Classifiers;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Features;

public class SceneJudgeFeaturesTests
{
    // Property: pictures of every size give the features and object scores of the judge at 64 x 64, one row each, and nothing stays alive beside them.
    [Theory]
    [InlineData(64, 64)]
    [InlineData(32, 32)]
    [InlineData(128, 96)]
    public void Features_are_the_judges(int height, int width)
    {
        var judge = SceneJudge.Create(Config());
        using var extractor = new SceneJudgeFeatures(judge, "judge");
        using var generator = new Generator(1, CPU);
        using var scope = NewDisposeScope();
        var pictures = rand([3, 3, height, width], generator: generator) * 2 - 1;
        long before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var (features, logits) = extractor.Extract(pictures);
        Assert.Equal(before + 2, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(3, features.shape[0]);
        Assert.Equal([3, Config().Objects], logits!.shape);
        Assert.True(features.isfinite().all().item<bool>());
        if (height != 64) return;
        using var guard = no_grad();
        Assert.True((features - judge.Features(pictures)).abs().max().item<float>() < 1e-6);
        Assert.True((logits - judge.Logits(pictures).narrow(1, 0, Config().Objects).amax([2, 3])).abs().max().item<float>() < 1e-6);
    }

    private static SceneJudgeConfig Config() => new()
    {
        Design = SceneJudgeDesign.Residual,
        Widths = [8, 8, 8],
        Blocks = [1, 1, 1],
        Objects = 5,
    };
}
