using System.Text;
using System.Text.Json;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Schedules;

public class SchedulerConfigTests
{
    private const string StableDiffusion = """
        {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "skip_prk_steps": true,
         "set_alpha_to_one": false, "trained_betas": null, "some_future_key": {"a": [1]}, "lambda_min_clipped": -Infinity, "note": "a \"NaN\" in text"}
        """;

    private static SchedulerConfig Parse(string json) => SchedulerConfig.Parse(Encoding.UTF8.GetBytes(json), "scheduler_config.json");

    // Property: every option that the file does not state takes the sampler's own default.
    [Fact]
    public void Each_class_has_its_own_defaults()
    {
        var config = Parse(StableDiffusion);
        Assert.Equal((TimestepSpacing.Leading, true, false), (config.TimestepSpacing, config.SkipPrkSteps, config.SetAlphaToOne));
        var euler = config.As("EulerDiscreteScheduler");
        Assert.Equal((TimestepSpacing.Linspace, 0.00085, false), (euler.TimestepSpacing, euler.BetaStart, euler.SetAlphaToOne));
        Assert.Equal((TimestepSpacing.Leading, true), (euler.As("DDIMScheduler").TimestepSpacing, euler.As("DDIMScheduler").ClipSample));
        Assert.Equal("logrho", config.As("DEISMultistepScheduler").SolverType);
        Assert.Equal("midpoint", config.As("DEISMultistepScheduler").As("DPMSolverMultistepScheduler").SolverType);
    }

    // Property: Stable Diffusion pipelines force steps_offset 1 and clip_sample false, also for the class that is chosen later.
    [Fact]
    public void Stable_diffusion_forces_two_options()
    {
        var config = Parse(StableDiffusion).ForStableDiffusion().As("DDIMScheduler");
        Assert.Equal((1, false), (config.StepsOffset, config.ClipSample));
    }

    // Property: writing and reading a configuration gives it again, foreign keys and minus infinity included.
    [Fact]
    public void Round_trip()
    {
        var config = Parse(StableDiffusion).State("use_karras_sigmas", true);
        var again = Parse(config.ToJson());
        Assert.Equal(config with { Stated = again.Stated }, again);
        Assert.Contains("some_future_key", again.Stated.Keys);
        Assert.Contains("-Infinity,", config.ToJson());
    }

    // Property: all problems of a file are reported at once, each with its key and what is allowed.
    [Fact]
    public void All_problems_at_once()
    {
        var error = Assert.Throws<DarkroomException>(() => Parse("""
            {"num_train_timesteps": -5, "beta_start": "x", "prediction_type": "flow", "use_karras_sigmas": true, "use_beta_sigmas": true, "trained_betas": [2]}
            """));
        Assert.Equal(ErrorKind.BadFile, error.Kind);
        Assert.Equal(5, error.Problems.Count);
        Assert.Contains("v_prediction", error.Message);
        Assert.Contains("use_karras_sigmas and use_beta_sigmas", error.Message);
    }

    // Property: damaged files are refused with a message, not with an exception of another kind.
    [Theory]
    [InlineData("")]
    [InlineData("[1, 2]")]
    [InlineData("{\"beta_start\": ")]
    [InlineData("\u0000\u0001")]
    public void Damaged_files_are_refused(string json) => Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => Parse(json)).Kind);

    // Property: an option that no class has cannot be stated.
    [Fact]
    public void Mistyped_option_is_refused() =>
        Assert.Contains("use_karras_sigmas", Assert.Throws<DarkroomException>(() => SchedulerConfig.Default("DDIMScheduler").State("use_karas_sigmas", true)).Message);

    // Property: for every golden pipeline case, the checkpoint's file, the pipeline's rule and the case's overrides give the reference's effective
    // configuration and its timesteps.
    [Fact]
    [Trait("Category", "Golden")]
    public void Effective_configurations_equal_the_reference()
    {
        if (!GoldenData.Exists("models/cases.json")) return;
        var failures = new List<string>();
        int count = 0;
        var cases = GoldenData.Cases("models/cases");
        foreach (var testCase in cases)
        {
            string folder = testCase.GetProperty("checkpoint").GetProperty("components").GetProperty("scheduler").GetString()!;
            string file = GoldenData.PathOf($"models/{folder}/scheduler_config.json");
            if (!File.Exists(file)) continue;
            count++;
            var expected = testCase.GetProperty("expected");
            var reference = expected.GetProperty("scheduler_config");
            var config = SchedulerConfig.Parse(File.ReadAllBytes(file), file).ForStableDiffusion().As(expected.GetProperty("scheduler_class").GetString()!);
            foreach (string key in (string[])["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas", "algorithm_type", "noise_sampler_seed", "solver_type", "skip_prk_steps", "original_inference_steps"])
            {
                if (reference.TryGetProperty(key, out var value)) config = config.State(key, value); // what the case's sampler name means
            }
            if (testCase.TryGetProperty("scheduler_overrides", out var overrides) && overrides.ValueKind == JsonValueKind.Object)
                foreach (var option in overrides.EnumerateObject()) config = config.State(option.Name, option.Value);
            string id = testCase.GetProperty("id").GetString()!;
            foreach (var option in reference.EnumerateObject())
            {
                if (!SchedulerOption.ByKey.TryGetValue(option.Name, out var known)) continue;
                string actual = SchedulerConfigReader.ToElement(known.Read(config)).GetRawText();
                if (!Same(actual, option.Value.GetRawText())) failures.Add($"{id}: {option.Name} is {actual} instead of {option.Value.GetRawText()}");
            }
            // Image to image runs the last part of them.
            double[] timesteps = [.. expected.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble())];
            double[] evaluations = [.. InferenceSchedule.Create(config, testCase.GetProperty("steps").GetInt32()).EvaluationTimesteps().TakeLast(timesteps.Length)];
            if (config.ClassName != "DPMSolverSDEScheduler" && (timesteps.Length != evaluations.Length || timesteps.Zip(evaluations).Any(t => Math.Abs(t.First - t.Second) > 2e-3)))
                failures.Add($"{id}: timesteps {string.Join(' ', evaluations)} instead of {string.Join(' ', timesteps)}");
        }
        GoldenReport.Add("models/cases (effective scheduler)", cases.Count, count);
        Assert.True(failures.Count == 0, $"{failures.Count} in {count}:\n" + string.Join('\n', failures.Take(30)));
    }

    private static bool Same(string left, string right) => left.Trim('"') == right.Trim('"')
        || (double.TryParse(left, out double a) && double.TryParse(right, out double b) && a == b);
}
