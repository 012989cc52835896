using Darkroom.Diffusion;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class GoldenPosteriorTests
{
    // Property: the posterior's coefficients equal the original repositories' for every schedule and every respacing.
    [Fact]
    public void Coefficients_equal_the_original_repositories()
    {
        int compared = 0;
        var tensors = GoldenData.Exists("diffusion/schedules.safetensors") ? GoldenData.Tensors("diffusion/schedules.safetensors") : null;
        foreach (var json in GoldenData.Cases("diffusion/schedules"))
        {
            var testCase = new GoldenCase(json, tensors!);
            if (!testCase.Has("betas")) continue;
            var schedule = new NoiseSchedule(testCase.Doubles("betas"));
            var posterior = new PosteriorCoefficients(schedule);
            if (testCase.Has("posterior_variance"))
            {
                testCase.AssertClose("posterior_variance", posterior.Variances);
                testCase.AssertClose("posterior_log_variance_clipped", posterior.ClippedLogVariances);
                compared++;
            }
            if (!json.TryGetProperty("values", out var values) || !values.TryGetProperty("at", out var at)) continue;
            foreach (var (name, table) in new[]
            {
                ("posterior_variance", posterior.Variances), ("posterior_log_variance_clipped", posterior.ClippedLogVariances),
                ("posterior_mean_coef1", posterior.DenoisedFactors), ("posterior_mean_coef2", posterior.NoisyFactors),
            })
            {
                foreach (var (t, expected) in at.EnumerateArray().Zip(values.GetProperty(name).EnumerateArray()))
                {
                    double wanted = expected.GetDouble(), actual = table[t.GetInt32()];
                    Assert.True(Math.Abs(actual - wanted) <= 1e-14 + 1e-10 * Math.Abs(wanted), $"{testCase.Name}, {name}[{t}] is {actual} instead of {wanted}");
                }
            }
            compared++;
        }
        Assert.True(tensors is null || compared > 0);
    }
}
