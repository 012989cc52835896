using CsCheck;
using Darkroom.Diffusion;

namespace Darkroom.Tests.Diffusion;

public class TimestepSamplerTests
{
    // Property: drawn timesteps follow the probabilities, and the weighted loss is an unbiased mean over all timesteps.
    [Fact]
    public void Weighted_loss_is_unbiased()
    {
        const int Count = 8;
        double[] losses = [.. Enumerable.Range(1, Count).Select(t => (double)t * t)];
        var sampler = new LossSecondMomentTimesteps(Count, history: 2, uniformPart: 0.01);
        for (int round = 0; round < 2; round++)
            for (int t = 0; t < Count; t++) sampler.Update([t], [losses[t]]);
        Assert.True(sampler.IsWarm);
        // A grid of uniform numbers instead of random ones: the error of the mean is that of the grid.
        int drawn = 0;
        const int Draws = 100_000;
        var draw = ((ITimestepSampler)sampler).Draw(Draws, () => (drawn++ + 0.5) / Draws);
        double mean = draw.Timesteps.Zip(draw.Weights, (t, w) => losses[t] * w).Average();
        Assert.Equal(losses.Average(), mean, 0.01);
    }

    // Property: any number of [0, 1) gives a timestep within 0 .. T-1.
    [Fact]
    public void Draws_stay_in_range() => Gen.Select(Gen.Int[1, 50], Gen.Double[0, 1]).Sample((count, u) =>
    {
        var draw = ((ITimestepSampler)new UniformTimesteps(count)).Draw(1, () => Math.Min(u, Math.BitDecrement(1)));
        Assert.InRange(draw.Timesteps[0], 0, count - 1);
        Assert.Equal(1, draw.Weights[0], 1e-12);
    });
}
