using System.Text.Json;
using Darkroom.Conditioning;
using Darkroom.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Conditioning;

[Trait("Category", "Golden")]
public class EmphasisGoldenTests
{
    // Property: weighted embeddings equal A1111's to float32 rounding, in every mode that the file holds.
    [Fact]
    public void Weighted_embeddings_match()
    {
        int count = 0, verified = 0;
        foreach (var golden in GoldenData.JsonLines("text/emphasis.jsonl"))
        {
            count++;
            Emphasis? mode = golden.GetProperty("emphasis").GetString() switch
            {
                "Original" => Emphasis.Original,
                "No norm" => Emphasis.NoNorm,
                "Ignore" => Emphasis.Ignore,
                _ => null,
            };
            if (mode is not { } emphasis) continue;
            using var scope = NewDisposeScope();
            long[] shape = [.. golden.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            double[] weights = Numbers(golden.GetProperty("multipliers"));
            var rows = weights.Chunk((int)shape[1]).ToList();
            var weighted = emphasis.Apply(tensor(Numbers(golden.GetProperty("z")), shape, dtype: ScalarType.Float32), rows);
            double[] expected = Numbers(golden.GetProperty("out"));
            var actual = weighted.to_type(ScalarType.Float64).flatten().data<double>().ToArray();
            Assert.Equal(expected.Length, actual.Length);
            Assert.All(expected.Zip(actual), p => Assert.InRange(p.Second, p.First - Tolerance(p.First), p.First + Tolerance(p.First)));
            verified++;
        }
        GoldenReport.Add("text/emphasis", count, verified);
    }

    // Property: applying weights leaves no tensors behind but the result, and does not change its input.
    [Theory]
    [InlineData(Emphasis.Original)]
    [InlineData(Emphasis.NoNorm)]
    [InlineData(Emphasis.Ignore)]
    public void Only_the_result_is_left(Emphasis emphasis)
    {
        using var context = ones(1, 4, 2);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (emphasis.Apply(context, [[1, 2, 1, 1]]))
            Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(8, context.sum().item<float>());
    }

    private static double Tolerance(double value) => 1e-6 + 1e-5 * Math.Abs(value);

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetDouble())];
}
