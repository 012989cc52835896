using System.Text.Json;
using Darkroom.Samplers;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

public class BrownianTreeTests
{
    // Property: the increments are those of torchsde's tree, for one seed per batch and for one per picture, whatever
    // the order of the queries.
    [Fact]
    [Trait("Category", "Golden")]
    public void Increments_are_those_of_torchsde() => GoldenCase.CheckAll("diffusion/samplers_kdiffusion", golden =>
    {
        long[] seeds = golden.Parameters.GetProperty("seed") is { ValueKind: JsonValueKind.Array } list
            ? [.. list.EnumerateArray().Select(seed => seed.GetInt64())] : [golden.Parameters.GetProperty("seed").GetInt64()];
        var noise = new BrownianNoise(new NoNoise(), seeds, golden.Number("sigma_min"), golden.Number("sigma_max"));
        var like = zeros_like(golden["noise"].select(0, 0));
        golden.AssertClose("noise", stack([.. golden.Parameters.GetProperty("queries").EnumerateArray()
            .Select(query => noise.Between(query[0].GetDouble(), query[1].GetDouble(), like))], 0));
        return true;
    }, only: name => name.StartsWith("brownian_tree", StringComparison.Ordinal));

    // Property: two steps' increments add up to that of the step across both, and a query leaves the path as it was.
    [Fact]
    public void Increments_add_up()
    {
        var tree = new BrownianTree(17, 0.03, 14.6, 32);
        double[] whole = tree.Increment(0.5, 9), lower = tree.Increment(0.5, 2), upper = tree.Increment(2, 9);
        for (int i = 0; i < whole.Length; i++) Assert.Equal(whole[i], lower[i] + upper[i], 1e-12);
        Assert.Equal(whole, tree.Increment(0.5, 9));
        Assert.All(tree.Increment(3, 3), increment => Assert.Equal(0, increment));
    }

    // Property: times outside the path are moved to its ends.
    [Fact]
    public void Times_outside_are_clamped()
    {
        var tree = new BrownianTree(17, 0.03, 14.6, 16);
        Assert.Equal(tree.Increment(0.03, 14.6), tree.Increment(-1, 100));
    }
}
