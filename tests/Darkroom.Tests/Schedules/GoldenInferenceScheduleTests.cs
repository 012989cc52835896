using System.Text.Json;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Schedules;

[Trait("Category", "Golden")]
public class GoldenInferenceScheduleTests
{
    // Property: training schedules, spacings and inference noise levels equal those of every diffusers scheduler class.
    [Fact]
    public void Schedules_equal_diffusers() => GoldenCase.CheckAll("diffusion/schedules_diffusers", testCase =>
    {
        var p = testCase.Parameters;
        Action<GoldenCase>? check = p.TryGetProperty("class", out _) ? CheckSpacing
            : p.TryGetProperty("num_train_timesteps", out _) ? CheckTraining
            : p.TryGetProperty("alpha_transform_type", out _) ? CheckCurve
            : testCase.Name.StartsWith("ddpm_bad", StringComparison.Ordinal) ? CheckRefusal
            : testCase.Name == "align_your_steps" ? CheckAlignYourSteps
            : testCase.Name == "lcm_boundary" ? CheckBoundary : null;
        check?.Invoke(testCase);
        return check is not null;
    }, only: name => !name.StartsWith("add_noise", StringComparison.Ordinal)); // those need tensors: GoldenAddNoiseTests

    // Property: the timesteps and noise levels of every sampling loop are those that the sampler's own class chooses, for every option that moves them.
    [Fact]
    public void Schedules_of_sampling_loops_equal_diffusers() => GoldenCase.CheckAll("diffusion/samplers_diffusers", testCase =>
    {
        var config = Config(testCase.Text("class"), testCase.Parameters.GetProperty("config"));
        if (config.ClassName is "IPNDMScheduler" or "DPMSolverSDEScheduler") return false; // their evaluations are the sampler's own
        var options = testCase.Parameters.GetProperty("set_timesteps");
        int? originalSteps = options.TryGetProperty("original_inference_steps", out var original) ? original.GetInt32() : null;
        var schedule = options.TryGetProperty("timesteps", out var custom)
            ? InferenceSchedule.FromTimesteps(config, [.. custom.EnumerateArray().Select(t => t.GetInt32())])
            : options.TryGetProperty("sigmas", out custom) ? InferenceSchedule.FromSigmas(config, [.. custom.EnumerateArray().Select(s => s.GetDouble())])
            : InferenceSchedule.Create(config, (int)testCase.Number("steps"), originalSteps: originalSteps);
        double[] timesteps = testCase.Doubles(testCase.Has("timesteps64") ? "timesteps64" : "timesteps"), evaluations = [.. schedule.EvaluationTimesteps()];
        Assert.Equal(timesteps.Length, evaluations.Length);
        for (int i = 0; i < timesteps.Length; i++) Assert.Equal(timesteps[i], evaluations[i], 1e-6);
        if (testCase.Has("sigmas"))
        {
            double[] expected = testCase.Doubles("sigmas"), sigmas = Stored(schedule);
            Assert.Equal(expected.Length, sigmas.Length);
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], sigmas[i], 1e-9 + 1e-7 * Math.Abs(expected[i]));
        }
        Assert.Equal(testCase.Number("init_noise_sigma"), schedule.InitialNoiseScale, 1e-4 * schedule.InitialNoiseScale);
        return true;
    }, aspect: "timesteps and sigmas");

    private static void CheckTraining(GoldenCase testCase)
    {
        var config = Config("DDPMScheduler", testCase.Parameters);
        var schedule = config.CreateSchedule();
        testCase.AssertClose("betas64", schedule.Betas.ToArray());
        testCase.AssertClose("alphas_cumprod64", schedule.AlphaBar.ToArray());
    }

    private static void CheckCurve(GoldenCase testCase)
    {
        var p = testCase.Parameters;
        testCase.AssertClose("betas64", BetaSchedules.Create(p.GetProperty("alpha_transform_type").GetString()!, p.GetProperty("T").GetInt32()).Betas.ToArray());
    }

    private static void CheckRefusal(GoldenCase testCase)
    {
        int[] timesteps = [.. testCase.Parameters.GetProperty("timesteps").EnumerateArray().Select(t => t.GetInt32())];
        Assert.Throws<DarkroomException>(() => InferenceSchedule.FromTimesteps(SchedulerConfig.Default("DDPMScheduler"), timesteps));
    }

    private static void CheckAlignYourSteps(GoldenCase testCase)
    {
        double[] Values(string name) => [.. testCase.Values.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];
        foreach (var family in Enum.GetValues<ModelFamily>())
        {
            string prefix = family.ToString().Replace("StableVideoDiffusion", "StableDiffusionVideo", StringComparison.Ordinal);
            Assert.Equal(Values(prefix + "Sigmas")[..^1], AlignYourStepsTable.Published(family)[..^1]);
            if (AlignYourStepsTable.Timesteps(family) is { } timesteps) Assert.Equal(Values(prefix + "Timesteps"), timesteps.Select(t => (double)t));
        }
    }

    private static void CheckBoundary(GoldenCase testCase)
    {
        var p = testCase.Parameters;
        double[][] expected = [.. testCase.Values.GetProperty("c_skip_c_out").EnumerateArray().Select(row => row.EnumerateArray().Select(v => v.GetDouble()).ToArray())];
        double[] timesteps = [.. p.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble())];
        for (int i = 0; i < timesteps.Length; i++)
        {
            var (skip, output) = ConsistencyBoundary.At(timesteps[i], p.GetProperty("timestep_scaling").GetDouble(), p.GetProperty("sigma_data").GetDouble());
            Assert.Equal(expected[i][0], skip, 1e-9);
            Assert.Equal(expected[i][1], output, 1e-9);
        }
    }

    private static void CheckSpacing(GoldenCase testCase)
    {
        var p = testCase.Parameters;
        var config = Config(p.GetProperty("class").GetString()!, p.TryGetProperty("config", out var options) ? options : p);
        int? originalSteps = p.TryGetProperty("original_inference_steps", out var original) ? original.GetInt32() : null;
        var schedule = InferenceSchedule.Create(config, p.GetProperty("steps").GetInt32(), originalSteps: originalSteps);
        double[] evaluations = [.. schedule.EvaluationTimesteps()], stored = Stored(schedule);
        Assert.True(testCase.Has("timesteps"));
        testCase.AssertClose("timesteps", evaluations);
        testCase.AssertClose("timesteps64", evaluations);
        testCase.AssertClose("sigmas", stored);
        testCase.AssertClose("sigmas64", stored);
        if (testCase.HasValue("init_noise_sigma")) Assert.Equal(testCase.Values.GetProperty("init_noise_sigma").GetDouble(), schedule.InitialNoiseScale, 2e-4);
        if (testCase.HasValue("count")) Assert.Equal(testCase.Values.GetProperty("count").GetInt32(), evaluations.Length);
    }

    /// <summary>The noise levels in the layout of the class's own array.</summary>
    private static double[] Stored(InferenceSchedule schedule)
    {
        double[] sigmas = [.. schedule.Sigmas];
        return schedule.Config.ClassName switch
        {
            "HeunDiscreteScheduler" => [sigmas[0], .. Twice(sigmas[1..^1]), sigmas[^1]],
            "KDPM2DiscreteScheduler" or "KDPM2AncestralDiscreteScheduler" => [sigmas[0], .. Twice(sigmas[1..]), sigmas[^1]],
            "EulerDiscreteScheduler" when schedule.Config.InterpolationType == "log_linear" => [.. sigmas, 0], // an entry that no step reads
            _ => sigmas,
        };
    }

    private static IEnumerable<double> Twice(double[] values) => values.SelectMany(v => new[] { v, v });

    private static SchedulerConfig Config(string className, JsonElement options) => SchedulerConfig.Default(className).State(
        options.EnumerateObject().Where(o => o.Name is not ("class" or "steps" or "original_inference_steps")).Select(o => KeyValuePair.Create(o.Name, (object?)o.Value)));
}
