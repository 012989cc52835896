using CsCheck;
using Darkroom.Schedules;

namespace Darkroom.Tests.Schedules;

public class BetaDistributionTests
{
    // Property: the quantile is the double at which the distribution function passes p: its neighbours lie on either side, but for rounding.
    [Fact]
    public void Quantile_inverts_cumulative() =>
        Gen.Select(Gen.Double[0.001, 0.999], Gen.Double[0.2, 20], Gen.Double[0.2, 20]).Sample((p, a, b) =>
        {
            double x = BetaDistribution.Quantile(p, a, b);
            Assert.InRange(p, BetaDistribution.Cumulative(Math.BitDecrement(x), a, b) - 1e-13, BetaDistribution.Cumulative(Math.BitIncrement(x), a, b) + 1e-13);
        }, iter: 500);

    // Property: closed forms. Beta(1, 1) is uniform, Beta(1/2, 1/2) the arcsine law, Beta(a, 1) has F(x) = x^a.
    [Fact]
    public void Quantile_has_closed_forms() =>
        Gen.Select(Gen.Double[0.001, 0.999], Gen.Double[0.3, 9]).Sample((p, a) =>
        {
            Assert.Equal(p, BetaDistribution.Quantile(p, 1, 1), 1e-13);
            Assert.Equal(Math.Pow(Math.Sin(Math.PI * p / 2), 2), BetaDistribution.Quantile(p, 0.5, 0.5), 1e-13);
            Assert.Equal(Math.Pow(p, 1 / a), BetaDistribution.Quantile(p, a, 1), 1e-12);
        }, iter: 500);

    // Property: where the function is computed from its mirror image, and at the doubles around there, it ends and the two add up to 1.
    [Fact]
    public void Cumulative_ends_where_it_is_mirrored() =>
        Gen.Select(Gen.Double[0.2, 9], Gen.Double[0.2, 9]).Sample((a, b) =>
        {
            double place = (a + 1) / (a + b + 2);
            foreach (double x in (double[])[Math.BitDecrement(place), place, Math.BitIncrement(place), Math.BitIncrement(Math.BitIncrement(place))])
                Assert.Equal(1, BetaDistribution.Cumulative(x, a, b) + BetaDistribution.Cumulative(1 - x, b, a), 1e-12);
        }, iter: 5000);

    // Property: exchanging the parameters mirrors the distribution, and a symmetric one has its median at exactly 1/2.
    [Fact]
    public void Quantile_is_symmetric() =>
        Gen.Select(Gen.Double[0.001, 0.999], Gen.Double[0.2, 9], Gen.Double[0.2, 9]).Sample((p, a, b) =>
        {
            Assert.Equal(1, BetaDistribution.Quantile(p, a, b) + BetaDistribution.Quantile(1 - p, b, a), 1e-12);
            Assert.Equal(0.5, BetaDistribution.Quantile(0.5, a, a));
        }, iter: 500);
}
