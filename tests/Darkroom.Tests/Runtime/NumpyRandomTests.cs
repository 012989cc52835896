using Darkroom.Runtime;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Runtime;

public class NumpyRandomTests
{
    // The probabilities that the golden file's choice_p was drawn with.
    private static readonly double[] Probabilities = [0.1, 0.1, 0.3, 0.2, 0.2, 0.1];

    // Property: the calls of the golden file, in its order, give numpy's numbers.
    [Fact]
    [Trait("Category", "Golden")]
    public void Streams_equal_numpy()
    {
        var cases = GoldenData.JsonLines("text/numpy-randomstate.jsonl").ToList();
        int verified = 0;
        foreach (var @case in cases)
        {
            var random = new NumpyRandom(@case.GetProperty("seed").GetUInt32());
            foreach (var draw in @case.EnumerateObject().Skip(1))
            {
                Func<double> next = draw.Name switch
                {
                    "random_sample" => random.NextDouble,
                    "randn" or "randn_after" => random.NextNormal,
                    "randint_0_1000" => () => random.NextInteger(0, 1000),
                    "randint_0_2p40" => () => random.NextInteger(0, 1L << 40),
                    "uniform_m1_1" => () => random.NextUniform(-1, 1),
                    "choice_p" => () => random.Choice(Probabilities),
                    "permutation_20" => Each(random.Permutation(20)),
                    var other => throw new InvalidDataException($"{other} is a draw that this test does not know."),
                };
                foreach (var value in draw.Value.EnumerateArray()) Assert.Equal(value.GetDouble(), next(), 1e-15 * Math.Max(1, Math.Abs(value.GetDouble())));
            }
            verified++;
        }
        GoldenReport.Add("text/numpy-randomstate", cases.Count, verified);
        Assert.True(verified > 0);
    }

    private static Func<double> Each(int[] values)
    {
        int at = 0;
        return () => values[at++];
    }
}
