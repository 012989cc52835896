using System.Text.Json;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Schedules;

[Trait("Category", "Golden")]
public class GoldenTrainingScheduleTests
{
    private const string Topic = "diffusion/schedules";

    private static readonly GoldenTensors? Tensors = GoldenData.Exists(Topic + ".safetensors") ? GoldenData.Tensors(Topic + ".safetensors") : null;

    // Property: training schedules, respacing and DDIM timesteps equal the original repositories' in float64.
    [Fact]
    public void Schedules_equal_the_original_repositories()
    {
        var cases = GoldenData.Cases(Topic);
        int verified = 0;
        var failures = new List<string>();
        foreach (var testCase in cases)
        {
            string name = testCase.GetProperty("case").GetString()!;
            var p = testCase.GetProperty("params");
            Action<JsonElement>? check = p.TryGetProperty("section_counts", out _) ? CheckRespacing
                : p.TryGetProperty("S", out _) || p.TryGetProperty("skip_type", out _) ? CheckDdim
                : p.TryGetProperty("schedule", out _) ? CheckTraining : null;
            if (check is null) continue;
            verified++;
            try
            {
                if (IsError(testCase)) Assert.Throws<DarkroomException>(() => check(testCase));
                else check(testCase);
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or DarkroomException)
            {
                failures.Add($"{name}: {problem.Message}");
            }
        }
        GoldenReport.Add(Topic, cases.Count, verified);
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases.Count}:\n" + string.Join('\n', failures.Take(20)));
    }

    private static bool IsError(JsonElement testCase) =>
        (testCase.TryGetProperty("values", out var values) && values.TryGetProperty("error", out _))
        || (testCase.TryGetProperty("notes", out var notes) && notes.ToString().Contains("must be a clear error", StringComparison.Ordinal));

    private static void CheckTraining(JsonElement testCase)
    {
        var p = testCase.GetProperty("params");
        string reference = testCase.GetProperty("reference").GetString()!, rule = p.GetProperty("schedule").GetString()!;
        if (reference.StartsWith("CompVis", StringComparison.Ordinal)) rule = BetaSchedules.FromCompVis(rule);
        if (reference.StartsWith("openai", StringComparison.Ordinal) && rule == "linear") rule = "linear_rescaled";
        double? Number(params string[] names) => names.Select(n => p.TryGetProperty(n, out var v) ? v.GetDouble() : (double?)null).FirstOrDefault(v => v is not null);
        var schedule = BetaSchedules.Create(rule, p.GetProperty("T").GetInt32(), Number("beta_start", "linear_start"), Number("beta_end", "linear_end"));

        AssertClose(testCase, "betas", schedule.Betas.ToArray());
        AssertClose(testCase, "alphas_cumprod", schedule.AlphaBar.ToArray());
        if (!testCase.TryGetProperty("values", out var values)) return;
        int[] at = [.. values.GetProperty("at").EnumerateArray().Select(t => t.GetInt32())];
        foreach (var value in values.EnumerateObject())
        {
            Func<int, double>? formula = value.Name switch
            {
                "sigmas" => schedule.Sigma,
                "log_snr" => schedule.LogSignalToNoise,
                "sqrt_recip_alphas_cumprod" => t => 1 / Math.Sqrt(schedule.AlphaBar[t]),
                "sqrt_recipm1_alphas_cumprod" => t => Math.Sqrt(1 / schedule.AlphaBar[t] - 1),
                _ => null,
            };
            if (formula is not null) AssertClose(testCase, value.Name, [.. value.Value.EnumerateArray().Select(v => v.GetDouble())], [.. at.Select(formula)]);
        }
    }

    private static void CheckRespacing(JsonElement testCase)
    {
        var p = testCase.GetProperty("params");
        int count = p.GetProperty("T").GetInt32();
        var sections = p.GetProperty("section_counts");
        var kept = sections.ValueKind == JsonValueKind.String
            ? Respacing.Parse(sections.GetString()!, count)
            : Respacing.Sections(count, [.. sections.EnumerateArray().Select(s => s.GetInt32())]);
        var respaced = Respacing.Keep(BetaSchedules.Create("linear_rescaled", count), kept);
        AssertClose(testCase, "timestep_map", [.. respaced.Timesteps.Select(t => (double)t)]);
        AssertClose(testCase, "betas", respaced.Schedule.Betas.ToArray());
        AssertClose(testCase, "alphas_cumprod", respaced.Schedule.AlphaBar.ToArray());
    }

    private static void CheckDdim(JsonElement testCase)
    {
        var p = testCase.GetProperty("params");
        int count = p.GetProperty("T").GetInt32();
        if (p.TryGetProperty("skip_type", out var skip))
        {
            int wanted = p.GetProperty("timesteps").GetInt32();
            AssertClose(testCase, "seq", [.. (skip.GetString() == "quad" ? DdimTimesteps.Quadratic(count, wanted) : DdimTimesteps.Uniform(count, wanted)).Select(t => (double)t)]);
            return;
        }
        int steps = p.GetProperty("S").GetInt32();
        var timesteps = p.GetProperty("method").GetString() == "quad" ? DdimTimesteps.CompVisQuadratic(count, steps) : DdimTimesteps.CompVisUniform(count, steps);
        AssertClose(testCase, "timesteps", [.. timesteps.Select(t => (double)t)]);
        string[] named = p.GetProperty("schedule").GetString()!.Split(' ');
        var schedule = BetaSchedules.Create(BetaSchedules.FromCompVis(named[1]), count, double.Parse(named[2]), double.Parse(named[3]));
        AssertClose(testCase, "alphas", [.. timesteps.Select(t => schedule.AlphaBar[t])]);
    }

    private static void AssertClose(JsonElement testCase, string name, double[] actual)
    {
        if (testCase.GetProperty("tensors").TryGetProperty(name, out var tensor))
            AssertClose(testCase, name, Tensors!.Doubles(tensor.GetProperty("tensor").GetString()!), actual);
    }

    private static void AssertClose(JsonElement testCase, string name, double[] expected, double[] actual)
    {
        var tolerance = testCase.GetProperty("tolerance");
        double atol = tolerance.GetProperty("atol").GetDouble(), rtol = tolerance.GetProperty("rtol").GetDouble();
        Assert.True(expected.Length == actual.Length, $"{name} has {actual.Length} entries instead of {expected.Length}");
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= atol + rtol * Math.Abs(expected[i]), $"{name}[{i}] is {actual[i]} instead of {expected[i]}");
    }
}
