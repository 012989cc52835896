using Darkroom.Evaluation.Scenes;

namespace Darkroom.Tests.Evaluation.Scenes;

public class EstimateTests
{
    // Property: Wilson's intervals are those printed by Newcombe 1998 ("Two-sided confidence intervals for the single proportion", table I, method 3).
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Intervals_of_shares_are_Wilsons(int right, int count, double low, double high)
    {
        var estimate = Estimate.Share(right, count);
        Assert.Equal((double)right / count, estimate.Value);
        Assert.Equal(low, estimate.Low!.Value, 4);
        Assert.Equal(high, estimate.High!.Value, 4);
        var opposite = Estimate.Share(count - right, count);
        Assert.Equal(1 - estimate.Low.Value, opposite.High!.Value, 12);
    }

    // Property: a mean's interval is 1.96 standard errors to either side.
    [Fact]
    public void Intervals_of_means_are_normal()
    {
        var estimate = Estimate.Mean([1, 2, 3, 4, 5]); // standard deviation sqrt(2.5), standard error sqrt(0.5)
        Assert.Equal(3, estimate.Value);
        Assert.Equal(3 - 1.959964 * Math.Sqrt(0.5), estimate.Low!.Value, 5);
        Assert.Equal(3 + 1.959964 * Math.Sqrt(0.5), estimate.High!.Value, 5);
    }

    // Property: nothing measured is no number, and not zero.
    [Fact]
    public void Nothing_measured_is_null()
    {
        Assert.Equal(new Estimate(null, null, null, 0), Estimate.Share(0, 0));
        Assert.Equal(new Estimate(null, null, null, 0), Estimate.Mean([]));
    }
}
