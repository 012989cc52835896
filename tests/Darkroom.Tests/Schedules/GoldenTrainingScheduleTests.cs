using System.Globalization;
using System.Text.Json;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Schedules;

[Trait("Category", "Golden")]
public class GoldenTrainingScheduleTests
{
    // Property: training schedules, respacing and DDIM timesteps equal the original repositories' in float64, and what they refuse is refused.
    [Fact]
    public void Schedules_equal_the_original_repositories() => GoldenCase.CheckAll("diffusion/schedules", testCase =>
    {
        var p = testCase.Parameters;
        Action<GoldenCase>? check = p.TryGetProperty("section_counts", out _) ? CheckRespacing
            : p.TryGetProperty("S", out _) ? CheckCompVis
            : p.TryGetProperty("skip_type", out _) ? CheckErmongroup
            : p.TryGetProperty("schedule", out _) ? CheckTraining : null;
        if (check is not null && testCase.IsError) Assert.Throws<DarkroomException>(() => check(testCase));
        else check?.Invoke(testCase);
        return check is not null;
    });

    private static void CheckTraining(GoldenCase testCase)
    {
        string rule = testCase.Text("schedule");
        if (testCase.Reference.StartsWith("CompVis", StringComparison.Ordinal)) rule = BetaSchedules.FromCompVis(rule);
        if (testCase.Reference.StartsWith("openai", StringComparison.Ordinal) && rule == "linear") rule = "linear_rescaled";
        double start = testCase.Number("beta_start", testCase.Number("linear_start")), end = testCase.Number("beta_end", testCase.Number("linear_end"));
        var schedule = BetaSchedules.Create(rule, (int)testCase.Number("T"), double.IsNaN(start) ? null : start, double.IsNaN(end) ? null : end);

        testCase.AssertClose("betas", schedule.Betas.ToArray());
        testCase.AssertClose("alphas_cumprod", schedule.AlphaBar.ToArray());
        if (!testCase.HasValue("at")) return;
        int[] at = [.. testCase.Values.GetProperty("at").EnumerateArray().Select(t => t.GetInt32())];
        foreach (var (name, formula) in new (string, Func<int, double>)[]
        {
            ("sigmas", schedule.Sigma),
            ("log_snr", schedule.LogSignalToNoise),
            ("sqrt_recip_alphas_cumprod", t => 1 / Math.Sqrt(schedule.AlphaBar[t])),
            ("sqrt_recipm1_alphas_cumprod", t => Math.Sqrt(1 / schedule.AlphaBar[t] - 1)),
        })
        {
            double[] expected = [.. testCase.Values.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
            for (int i = 0; i < at.Length; i++) Assert.Equal(expected[i], formula(at[i]), 1e-14 + 1e-11 * Math.Abs(expected[i]));
        }
    }

    private static void CheckRespacing(GoldenCase testCase)
    {
        int count = (int)testCase.Number("T");
        var sections = testCase.Parameters.GetProperty("section_counts");
        var kept = sections.ValueKind == JsonValueKind.String
            ? Respacing.Parse(sections.GetString()!, count)
            : Respacing.Sections(count, [.. sections.EnumerateArray().Select(s => s.GetInt32())]);
        var respaced = Respacing.Keep(BetaSchedules.Create("linear_rescaled", count), kept);
        testCase.AssertClose("timestep_map", Doubles(respaced.Timesteps));
        testCase.AssertClose("betas", respaced.Schedule.Betas.ToArray());
        testCase.AssertClose("alphas_cumprod", respaced.Schedule.AlphaBar.ToArray());
    }

    private static void CheckErmongroup(GoldenCase testCase)
    {
        int count = (int)testCase.Number("T"), steps = (int)testCase.Number("timesteps");
        testCase.AssertClose("seq", Doubles(testCase.Text("skip_type") == "quad" ? DdimTimesteps.Quadratic(count, steps) : DdimTimesteps.Uniform(count, steps)));
    }

    private static void CheckCompVis(GoldenCase testCase)
    {
        int count = (int)testCase.Number("T"), steps = (int)testCase.Number("S");
        var timesteps = testCase.Text("method") == "quad" ? DdimTimesteps.CompVisQuadratic(count, steps) : DdimTimesteps.CompVisUniform(count, steps);
        testCase.AssertClose("timesteps", Doubles(timesteps));
        string[] named = testCase.Text("schedule").Split(' ');
        var schedule = BetaSchedules.Create(BetaSchedules.FromCompVis(named[1]), count,
            double.Parse(named[2], CultureInfo.InvariantCulture), double.Parse(named[3], CultureInfo.InvariantCulture));
        testCase.AssertClose("alphas", [.. timesteps.Select(t => schedule.AlphaBar[t])]);
    }

    private static double[] Doubles(IEnumerable<int> values) => [.. values.Select(v => (double)v)];
}
