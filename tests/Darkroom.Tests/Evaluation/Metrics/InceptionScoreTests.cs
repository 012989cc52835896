using CsCheck;
using Darkroom.Evaluation.Metrics;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Metrics;

public class InceptionScoreTests
{
    // Property: certain and evenly spread classes score their number; pictures that are all alike, or all undecided, score 1.
    [Fact]
    public void Extremes_are_known()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(5, InceptionScore.Of(eye(5) * 1000, splits: 1).Mean, 10);
        Assert.Equal(1, InceptionScore.Of(zeros(20, 5)).Mean, 12);
        Assert.Equal(1, InceptionScore.Of(ones(20, 1) * tensor((double[])[3, 1, 0, 0, -1])).Mean, 12);
    }

    // Property: worked out by hand: p = (3/4, 1/4) and (1/4, 3/4) have the marginal (1/2, 1/2), KL = 3/4 log(3/2) + 1/4 log(1/2).
    [Fact]
    public void Two_pictures_by_hand()
    {
        using var scope = NewDisposeScope();
        var logits = tensor((double[])[3, 1, 1, 3], [2, 2]).log();
        Assert.Equal(Math.Exp(0.75 * Math.Log(1.5) + 0.25 * Math.Log(0.5)), InceptionScore.Of(logits, splits: 1).Mean, 12);
    }

    // Property: from 1 to the number of classes, and not changed by a constant that is added to a picture's logits.
    [Fact]
    public void Bounds_hold() => FeatureSets.Sizes.Sample(size =>
    {
        using var scope = NewDisposeScope();
        Tensor logits = FeatureSets.Normal(size.Count, size.Features, size.Seed) * 3, shift = FeatureSets.Normal(size.Count, 1, size.Seed + 3);
        var result = InceptionScore.Of(logits, splits: 3);
        Assert.InRange(result.Mean, 1 - 1e-12, size.Features + 1e-9);
        Assert.Equal(result.Mean, InceptionScore.Of(logits + shift, splits: 3).Mean, 10);
    }, iter: 40);

    // Property: there are no more splits than pictures, and splits are counted.
    [Fact]
    public void Splits_are_at_most_the_pictures()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(4, InceptionScore.Of(FeatureSets.Normal(4, 3, 1)).Splits);
        Assert.Equal(10, InceptionScore.Of(FeatureSets.Normal(25, 3, 1)).Splits);
    }
}
