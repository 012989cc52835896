using Darkroom.Runtime;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Runtime;

public class PhiloxGeneratorTests
{
    // Property: every draw equals A1111's NV generator to the last bits of float32.
    [Fact]
    [Trait("Category", "Golden")]
    public void Draws_equal_a1111()
    {
        var cases = GoldenData.JsonLines("text/philox.jsonl").ToList();
        foreach (var @case in cases)
        {
            var generator = new PhiloxGenerator(TorchGeneratorTests.Seed(@case));
            foreach (var call in @case.GetProperty("calls").EnumerateArray())
            {
                var expected = new GoldenNumbers(call);
                var values = new float[expected.Count];
                generator.Randn(values);
                expected.AssertClose(values, 2e-7);
            }
        }
        GoldenReport.Add("text/philox", cases.Count, cases.Count);
        Assert.NotEmpty(cases);
    }
}
