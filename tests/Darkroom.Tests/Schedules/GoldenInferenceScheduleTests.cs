using System.Text.Json;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Schedules;

[Trait("Category", "Golden")]
public class GoldenInferenceScheduleTests
{
    private const string Topic = "diffusion/schedules_diffusers";

    private static readonly GoldenTensors? Tensors = GoldenData.Exists(Topic + ".safetensors") ? GoldenData.Tensors(Topic + ".safetensors") : null;

    // Property: training schedules, spacings and inference noise levels equal those of every diffusers scheduler class.
    [Fact]
    public void Schedules_equal_diffusers()
    {
        var cases = GoldenData.Cases(Topic);
        int verified = 0;
        var failures = new List<string>();
        foreach (var testCase in cases)
        {
            string name = testCase.GetProperty("case").GetString()!;
            if (name.StartsWith("add_noise", StringComparison.Ordinal)) continue; // counted by GoldenAddNoiseTests
            var p = testCase.GetProperty("params");
            Action<JsonElement>? check = p.TryGetProperty("class", out _) ? CheckSpacing
                : p.TryGetProperty("num_train_timesteps", out _) ? CheckTraining
                : p.TryGetProperty("alpha_transform_type", out _) ? CheckCurve
                : name.StartsWith("ddpm_bad", StringComparison.Ordinal) ? CheckRefusal
                : name == "align_your_steps" ? CheckAlignYourSteps
                : name == "lcm_boundary" ? CheckBoundary : null;
            if (check is null) continue;
            verified++;
            try
            {
                check(testCase);
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or DarkroomException)
            {
                failures.Add($"{name}: {problem.Message}");
            }
        }
        GoldenReport.Add(Topic, cases.Count(c => !c.GetProperty("case").GetString()!.StartsWith("add_noise", StringComparison.Ordinal)), verified);
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases.Count}:\n" + string.Join('\n', failures.Take(30)));
    }

    private static void CheckTraining(JsonElement testCase)
    {
        var config = Config("DDPMScheduler", testCase.GetProperty("params"));
        var schedule = config.CreateSchedule();
        AssertClose(testCase, "betas64", schedule.Betas.ToArray());
        AssertClose(testCase, "alphas_cumprod64", schedule.AlphaBar.ToArray());
    }

    private static void CheckCurve(JsonElement testCase)
    {
        var p = testCase.GetProperty("params");
        AssertClose(testCase, "betas64", BetaSchedules.Create(p.GetProperty("alpha_transform_type").GetString()!, p.GetProperty("T").GetInt32()).Betas.ToArray());
    }

    private static void CheckRefusal(JsonElement testCase)
    {
        int[] timesteps = [.. testCase.GetProperty("params").GetProperty("timesteps").EnumerateArray().Select(t => t.GetInt32())];
        Assert.Throws<DarkroomException>(() => InferenceSchedule.FromTimesteps(SchedulerConfig.Default("DDPMScheduler"), timesteps));
    }

    private static void CheckAlignYourSteps(JsonElement testCase)
    {
        double[] Values(string name) => [.. testCase.GetProperty("values").GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
        foreach (var family in Enum.GetValues<ModelFamily>())
        {
            string prefix = family.ToString().Replace("StableVideoDiffusion", "StableDiffusionVideo", StringComparison.Ordinal);
            Assert.Equal(Values(prefix + "Sigmas")[..^1], AlignYourStepsTable.Published(family)[..^1]);
            if (AlignYourStepsTable.Timesteps(family) is { } timesteps) Assert.Equal(Values(prefix + "Timesteps"), timesteps.Select(t => (double)t));
        }
    }

    private static void CheckBoundary(JsonElement testCase)
    {
        var p = testCase.GetProperty("params");
        double[][] expected = [.. testCase.GetProperty("values").GetProperty("c_skip_c_out").EnumerateArray().Select(row => row.EnumerateArray().Select(v => v.GetDouble()).ToArray())];
        double[] timesteps = [.. p.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble())];
        for (int i = 0; i < timesteps.Length; i++)
        {
            var (skip, output) = ConsistencyBoundary.At(timesteps[i], p.GetProperty("timestep_scaling").GetDouble(), p.GetProperty("sigma_data").GetDouble());
            Assert.Equal(expected[i][0], skip, 1e-9);
            Assert.Equal(expected[i][1], output, 1e-9);
        }
    }

    private static void CheckSpacing(JsonElement testCase)
    {
        var p = testCase.GetProperty("params");
        var config = Config(p.GetProperty("class").GetString()!, p.TryGetProperty("config", out var options) ? options : p);
        int? originalSteps = p.TryGetProperty("original_inference_steps", out var original) ? original.GetInt32() : null;
        var schedule = InferenceSchedule.Create(config, p.GetProperty("steps").GetInt32(), originalSteps: originalSteps);
        double[] evaluations = [.. schedule.EvaluationTimesteps()], sigmas = [.. schedule.Sigmas];
        double[] stored = config.ClassName switch // the layout of the class's own array
        {
            "HeunDiscreteScheduler" => [sigmas[0], .. Twice(sigmas[1..^1]), sigmas[^1]],
            "KDPM2DiscreteScheduler" or "KDPM2AncestralDiscreteScheduler" => [sigmas[0], .. Twice(sigmas[1..]), sigmas[^1]],
            _ => sigmas,
        };
        Assert.True(AssertClose(testCase, "timesteps", evaluations));
        AssertClose(testCase, "timesteps64", evaluations);
        AssertClose(testCase, "sigmas", stored);
        AssertClose(testCase, "sigmas64", stored);
        if (!testCase.TryGetProperty("values", out var values)) return;
        if (values.TryGetProperty("init_noise_sigma", out var initial)) Assert.Equal(initial.GetDouble(), schedule.InitialNoiseScale, 2e-4);
        if (values.TryGetProperty("count", out var count)) Assert.Equal(count.GetInt32(), evaluations.Length);
    }

    private static IEnumerable<double> Twice(double[] values) => values.SelectMany(v => new[] { v, v });

    private static SchedulerConfig Config(string className, JsonElement options)
    {
        var config = SchedulerConfig.Default(className);
        foreach (var option in options.EnumerateObject())
            if (option.Name is not ("class" or "steps" or "original_inference_steps")) config = config.State(option.Name, option.Value);
        return config;
    }

    private static bool AssertClose(JsonElement testCase, string name, double[] actual)
    {
        if (!testCase.GetProperty("tensors").TryGetProperty(name, out var tensor)) return false;
        var expected = Tensors!.Doubles(tensor.GetProperty("tensor").GetString()!);
        var tolerance = testCase.GetProperty("tolerance");
        if (tolerance.TryGetProperty(name.EndsWith("64", StringComparison.Ordinal) ? "float64" : "float32", out var ofType)) tolerance = ofType;
        double atol = tolerance.GetProperty("atol").GetDouble(), rtol = tolerance.GetProperty("rtol").GetDouble();
        Assert.True(expected.Length == actual.Length, $"{name} has {actual.Length} entries instead of {expected.Length}");
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= atol + rtol * Math.Abs(expected[i]), $"{name}[{i}] is {actual[i]} instead of {expected[i]}");
        return true;
    }
}
