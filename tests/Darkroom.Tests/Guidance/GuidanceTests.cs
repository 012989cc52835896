using CsCheck;
using Darkroom.Diffusion;
using Darkroom.Guidance;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Guidance;

public class GuidanceTests
{
    private static Tensor Random(int seed)
    {
        using var generator = new Generator((ulong)seed);
        return randn([2, 4, 5, 5], ScalarType.Float64, generator: generator);
    }

    private static void AssertEqual(Tensor expected, Tensor actual, double tolerance = 1e-12)
    {
        double difference = (expected - actual).abs().max().item<double>();
        Assert.True(difference <= tolerance, $"differs by {difference}");
    }

    // Property: scale 0 is the unconditional prediction, scale 1 the conditional one, and with equal predictions no scale changes anything.
    [Fact]
    public void Scales_zero_and_one() => Gen.Select(Gen.Int[0, 1000], Gen.Double[0, 20]).Sample((seed, scale) =>
    {
        using var scope = NewDisposeScope();
        Tensor u = Random(seed), c = Random(seed + 1);
        AssertEqual(u, ClassifierFreeGuidance.Combine(u, c, 0));
        AssertEqual(c, ClassifierFreeGuidance.Combine(u, c, 1));
        AssertEqual(c, ClassifierFreeGuidance.Combine(c, c, scale), 1e-11);
    }, iter: 20);

    // Property: full rescaling gives each item the conditional prediction's deviation, and none changes nothing.
    [Fact]
    public void Rescale_matches_deviation()
    {
        using var scope = NewDisposeScope();
        Tensor u = Random(1), c = Random(2), guided = ClassifierFreeGuidance.Combine(u, c, 9);
        AssertEqual(c.flatten(1).std(1), ClassifierFreeGuidance.Rescale(guided, c, 1).flatten(1).std(1));
        AssertEqual(guided, ClassifierFreeGuidance.Rescale(guided, c, 0));
    }

    // Property: projected guidance with everything kept is classifier-free guidance; with the parallel part removed the update is orthogonal to eps_c.
    [Fact]
    public void Projection()
    {
        using var scope = NewDisposeScope();
        Tensor u = Random(3), c = Random(4);
        using var kept = new AdaptiveProjectedGuidance();
        AssertEqual(ClassifierFreeGuidance.Combine(u, c, 5), kept.Combine(u, c, 5));
        using var removed = new AdaptiveProjectedGuidance { ParallelWeight = 0, Basis = GuidanceBasis.Conditional };
        AssertEqual(zeros(2, ScalarType.Float64), ((removed.Combine(u, c, 5) - c) * c).flatten(1).sum(1), 1e-10);
    }

    // Property: an item's guided prediction does not depend on the other items of the batch.
    [Fact]
    public void Items_are_independent()
    {
        using var scope = NewDisposeScope();
        Tensor u = Random(5), c = Random(6);
        foreach (var combine in new Func<Tensor, Tensor, Tensor>[]
        {
            (a, b) => ClassifierFreeGuidance.Rescale(ClassifierFreeGuidance.Combine(a, b, 7), b, 0.7),
            (a, b) => ClassifierFreeGuidance.CombineZeroStar(a, b, 7),
            (a, b) => TangentialGuidance.Combine(a, b, 7),
            (a, b) =>
            {
                using var guidance = new AdaptiveProjectedGuidance { ParallelWeight = 0.3, NormLimit = 2 };
                return guidance.Combine(a, b, 7);
            },
        })
        {
            AssertEqual(combine(u, c).narrow(0, 1, 1), combine(u.narrow(0, 1, 1), c.narrow(0, 1, 1)));
        }
    }

    // Property: momentum keeps its average over many steps and leaves nothing behind when disposed.
    [Fact]
    public void Momentum_leaks_nothing()
    {
        using var scope = NewDisposeScope();
        Tensor u = Random(7), c = Random(8);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var guidance = new AdaptiveProjectedGuidance { Momentum = -0.5 })
        {
            for (int step = 0; step < 3; step++) guidance.Combine(u, c, 5).Dispose();
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    // Property: with a Gaussian classifier p(y | x), the guided mean moves along the gradient by its variance, and eps against it by sigma.
    [Fact]
    public void Classifier_moves_along_the_gradient()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(9), gradient = Random(10);
        AssertEqual(x + 3 * 0.25 * gradient, ClassifierGuidance.ShiftMean(x, tensor(0.25, ScalarType.Float64), gradient, 3));
        AssertEqual(x - 3 * 0.8 * gradient, ClassifierGuidance.ShiftEpsilon(x, gradient, new NoisePoint(500, 0.6, 0.8), 3));
    }
}
