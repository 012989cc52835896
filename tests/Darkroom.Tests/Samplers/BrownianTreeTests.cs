using System.Text.Json;
using Darkroom.Samplers;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

public class BrownianTreeTests
{
    private const string Topic = "diffusion/samplers_kdiffusion";

    // Property: the increments are those of torchsde's tree, for one seed per batch and for one per picture, whatever the order of the queries.
    [Fact]
    [Trait("Category", "Golden")]
    public void Increments_are_those_of_torchsde()
    {
        var cases = GoldenData.Cases(Topic).Where(c => c.GetProperty("case").GetString()!.StartsWith("brownian_tree", StringComparison.Ordinal)).ToList();
        if (cases.Count == 0) return;
        var tensors = GoldenData.Tensors(Topic + ".safetensors");
        foreach (var golden in cases)
        {
            using var scope = NewDisposeScope();
            string name = golden.GetProperty("case").GetString()!;
            var p = golden.GetProperty("params");
            long[] seeds = p.GetProperty("seed") is { ValueKind: JsonValueKind.Array } list
                ? [.. list.EnumerateArray().Select(s => s.GetInt64())] : [p.GetProperty("seed").GetInt64()];
            var like = zeros((long[])[.. p.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())]);
            var noise = new BrownianNoise(new NoNoise(), seeds, p.GetProperty("sigma_min").GetDouble(), p.GetProperty("sigma_max").GetDouble());
            var expected = tensors[name + "/noise"];
            int row = 0;
            foreach (var query in p.GetProperty("queries").EnumerateArray())
            {
                var actual = noise.Between(query[0].GetDouble(), query[1].GetDouble(), like);
                double worst = (actual - expected.select(0, row++)).abs().max().to_type(ScalarType.Float64).item<double>();
                Assert.True(worst < 1e-5, $"{name}, query {row - 1}: off by {worst}");
            }
        }
        GoldenReport.Add(Topic, cases.Count, cases.Count);
    }
}
