using CsCheck;
using Darkroom.Evaluation.Metrics;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Metrics;

public class PrecisionRecallTests
{
    // Property: on a line with k = 1, worked out by hand. Real 0, 1, 10 have balls of radius 1, 1, 9; generated 0.5, 19, 30 have radii 18.5, 11, 11.
    // 0.5 and 19 lie in real balls (19 on the edge), 30 does not; 0, 1 and 10 all lie in the ball around 0.5.
    [Fact]
    public void Points_on_a_line_by_hand()
    {
        using var scope = NewDisposeScope();
        var result = PrecisionRecall.Between(tensor((double[])[0, 1, 10], [3, 1]), tensor((double[])[0.5, 19, 30], [3, 1]), neighbours: 1);
        Assert.Equal(new(2 / 3.0, 1), result);
    }

    // Property: swapping the sets swaps precision and recall; a set against itself has both 1; far sets have both 0.
    [Fact]
    public void Swapping_swaps() => FeatureSets.Sizes.Sample(size =>
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(size.Count, size.Features, size.Seed), y = FeatureSets.Normal(size.Count + 5, size.Features, size.Seed + 77) + 0.5;
        var forth = PrecisionRecall.Between(x, y);
        Assert.Equal(new(forth.Recall, forth.Precision), PrecisionRecall.Between(y, x));
        Assert.Equal(new(1, 1), PrecisionRecall.Between(x, x));
        Assert.Equal(new(0, 0), PrecisionRecall.Between(x, y + 1000));
    }, iter: 40);

    // Property: a generated set that covers one of two real clusters is precise but has half the recall; one that covers more than is real, the other way round.
    [Fact]
    public void Dropped_modes_cost_recall_and_invented_ones_precision()
    {
        using var scope = NewDisposeScope();
        var both = cat([FeatureSets.Normal(600, 2, 1), FeatureSets.Normal(600, 2, 2) + 50]);
        var one = FeatureSets.Normal(600, 2, 3);
        var dropped = PrecisionRecall.Between(both, one);
        Assert.InRange(dropped.Precision, 0.9, 1);
        Assert.InRange(dropped.Recall, 0.44, 0.5);
        Assert.Equal(new(dropped.Recall, dropped.Precision), PrecisionRecall.Between(one, both));
    }

    // Property: sets larger than a block give what all distances at once give.
    [Fact]
    public void Blocks_change_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor x = FeatureSets.Normal(1500, 3, 1), y = FeatureSets.Normal(1100, 3, 2) * 1.3;
        Tensor Radii(Tensor p) => cdist(p, p).topk(4, dim: 1, largest: false).values.amax([1]);
        double Share(Tensor p, Tensor q) => (cdist(p, q) <= Radii(q)).any(dim: 1).to(ScalarType.Float64).mean().item<double>();
        var result = PrecisionRecall.Between(x, y);
        Assert.Equal(Share(y, x), result.Precision, 2e-3);
        Assert.Equal(Share(x, y), result.Recall, 2e-3);
        Assert.InRange(result.Precision, 0.7, 0.99);
    }

    // Property: sets without k + 1 pictures are refused by name.
    [Fact]
    public void Neighbours_must_exist()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<DarkroomException>(() => PrecisionRecall.Between(zeros(10, 2), zeros(3, 2)));
        Assert.Equal("generated", error.Problems[0].Where);
    }
}
