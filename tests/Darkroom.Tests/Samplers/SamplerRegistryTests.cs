using System.Text.Json;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Samplers;

public class SamplerRegistryTests
{
    private static readonly SchedulerConfig StableDiffusion = SchedulerConfig.Default("PNDMScheduler")
        .State("beta_start", 0.00085).State("beta_end", 0.012).State("beta_schedule", "scaled_linear").State("steps_offset", 1)
        .State("set_alpha_to_one", false).State("skip_prk_steps", true).State("clip_sample", false);

    // Property: a name of diffusers style gives the timesteps and noise levels of diffusers, from the checkpoint's own
    // scheduler file.
    [Fact]
    [Trait("Category", "Golden")]
    public void Diffusers_names_give_the_plans_of_the_pipelines()
    {
        const string Topic = "models/cases";
        var cases = GoldenData.Cases(Topic);
        var problems = new List<string>();
        int found = 0;
        foreach (var golden in cases)
        {
            string id = golden.GetProperty("id").GetString()!;
            string folder = golden.GetProperty("checkpoint").GetProperty("components").GetProperty("scheduler").GetString()!;
            string file = $"models/{folder}/scheduler_config.json";
            if (!GoldenData.Exists(file)) continue;
            found++;
            var config = SchedulerConfig.Parse(File.ReadAllBytes(GoldenData.PathOf(file))).ForStableDiffusion();
            if (golden.TryGetProperty("scheduler_overrides", out var overrides) && overrides.ValueKind == JsonValueKind.Object)
                foreach (var option in overrides.EnumerateObject()) config = config.State(option.Name, option.Value);
            double? eta = golden.TryGetProperty("eta", out var given) && given.ValueKind == JsonValueKind.Number ? given.GetDouble() : null;
            var plan = SamplerRegistry.Create(golden.GetProperty("sampler").GetString()!, null, config,
                new() { Steps = golden.GetProperty("steps").GetInt32(), Eta = eta }).Plan;

            var expected = golden.GetProperty("expected");
            double[] timesteps = [.. expected.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble())];
            double[] actual = [.. plan.Points.SkipLast(1).Select(at => at.Timestep)];
            if (!Close(timesteps, actual, _ => 2e-3)) problems.Add($"{id}: timesteps [{string.Join(", ", actual)}]");
            if (plan.Order == 1 && expected.TryGetProperty("sigmas", out var sigmas) && sigmas.ValueKind == JsonValueKind.Array)
            {
                double[] levels = [.. sigmas.EnumerateArray().Select(s => s.GetDouble())];
                if (!Close(levels, [.. plan.Points.Select(at => at.Ratio)], RoundingOfFloat32)) problems.Add($"{id}: noise levels");
            }
        }
        if (cases.Count > 0) GoldenReport.Add(Topic + " (plans by name)", cases.Count, found - problems.Count);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    // Property: k-diffusion's names with a schedule give its noise levels.
    [Fact]
    [Trait("Category", "Golden")]
    public void Kdiffusion_names_give_its_noise_levels()
    {
        const string Topic = "models/cases_kdiff";
        var cases = GoldenData.Cases(Topic);
        foreach (var golden in cases)
        {
            double? eta = golden.GetProperty("options").TryGetProperty("eta", out var given) ? given.GetDouble() : null;
            var plan = SamplerRegistry.Create(golden.GetProperty("sampler").GetString()!, golden.GetProperty("schedule").GetString(), StableDiffusion,
                new() { Steps = golden.GetProperty("steps").GetInt32(), Eta = eta }).Plan;
            if (golden.GetProperty("expected").GetProperty("sigmas") is not { ValueKind: JsonValueKind.Array } sigmas) continue;
            double[] expected = [.. sigmas.EnumerateArray().Select(s => s.GetDouble())];
            // A step of order two begins at each of the list's levels.
            double[] actual = plan.Order == 1 ? [.. plan.Points.Select(at => at.Sigma)]
                : [.. plan.Moves!.Where((_, i) => i % 2 == 0).Select(move => move.From.Sigma), 0];
            Assert.True(Close(expected, actual, RoundingOfFloat32), golden.GetProperty("id").GetString());
        }
        if (cases.Count > 0) GoldenReport.Add(Topic + " (plans by name)", cases.Count, cases.Count);
    }

    // Property: every listed name and alias is found, and makes a plan with a Stable Diffusion checkpoint and with its
    // own schedules.
    [Fact]
    public void Every_name_makes_a_plan()
    {
        foreach (var sampler in SamplerRegistry.All)
        {
            foreach (string name in sampler.Aliases.Prepend(sampler.Name))
            {
                Assert.Same(sampler, SamplerRegistry.Find(name).Sampler);
                var plan = SamplerRegistry.Create(name, null, ConfigOf(sampler), new() { Steps = 10 }).Plan;
                Assert.True(plan.Evaluations >= 1 && double.IsFinite(plan.InitialNoiseScale), name);
            }
            Assert.EndsWith(".", sampler.Summary, StringComparison.Ordinal);
        }
    }

    // Property: a schedule in the name is split off, and an explicit one overrules it.
    [Theory]
    [InlineData("dpmpp_2m_karras", "dpmpp_2m", "karras")]
    [InlineData("DPM++ 2M Karras", "DPM++ 2M", "Karras")]
    [InlineData("dpm++ 3m sde exponential", "DPM++ 3M SDE", "exponential")]
    [InlineData("Euler a", "Euler a", null)]
    [InlineData("euler a", "Euler a", null)]
    [InlineData("Euler", "Euler", null)]
    [InlineData("euler", "euler", null)]
    [InlineData("DPM++ 2M SGM Uniform", "DPM++ 2M", "SGM Uniform")]
    [InlineData("DPM++ 2M Automatic", "DPM++ 2M", "Automatic")]
    [InlineData("k_heun_karras", "k_heun", "karras")]
    [InlineData("sample_dpmpp_2m_sde", "k_dpmpp_2m_sde", null)]
    public void Names_carry_schedules(string name, string sampler, string? schedule)
    {
        var found = SamplerRegistry.Find(name);
        Assert.Equal((sampler, schedule), (found.Sampler.Name, found.Schedule));
    }

    // Property: a schedule that a diffusers class doesn't have is given to it as noise levels, with their timesteps.
    [Theory]
    [InlineData("euler", "sgm_uniform")]
    [InlineData("euler_a", "karras")]
    [InlineData("dpmpp_2m", "align_your_steps")]
    [InlineData("heun", "kl_optimal")]
    [InlineData("unipc", "sgm_uniform")]
    public void Sigma_schedules_go_with_diffusers_samplers(string name, string schedule)
    {
        var levels = new NoiseLevels(StableDiffusion.CreateSchedule());
        double[] expected = SigmaSchedules.Compute(SigmaSchedules.Get(schedule), new() { Levels = levels, Steps = 12 });
        var plan = SamplerRegistry.Create(name, schedule, StableDiffusion, new() { Steps = 12 }).Plan;
        double[] actual = [.. plan.Points.Where((_, i) => i % plan.Order == 0).Select(at => at.Ratio)];
        if (plan.Order == 2) actual = [.. actual, plan.Points[^1].Ratio];
        Assert.Equal(expected.Length, actual.Length);
        Assert.True(expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) < 1e-9), string.Join(", ", actual));
        Assert.All(plan.Points.SkipLast(1), at => Assert.Equal(levels.TimestepAt(at.Ratio), at.Timestep, 1e-6));
    }

    // Property: an unknown name is answered with near ones and with the list.
    [Fact]
    public void Unknown_names_get_suggestions()
    {
        var problem = Assert.Throws<DarkroomException>(() => SamplerRegistry.Find("eulr_a"));
        Assert.Contains("\"euler_a\"", problem.Message, StringComparison.Ordinal);
        Assert.Contains("DPM++ 2M SDE Heun", problem.Message, StringComparison.Ordinal);
    }

    // Property: what doesn't go together is refused before anything is computed, all of it at once.
    [Theory]
    [InlineData("plms", 20, 0.5, null, 1)]
    [InlineData("compvis_plms", 27, 0.5, "karras", 3)]
    [InlineData("euler", 2000, null, null, 1)]
    [InlineData("ddim", 0, 2.0, null, 2)]
    [InlineData("compvis_ddim", 27, 0.0, null, 1)]
    [InlineData("compvis_ddim", 501, 0.0, null, 1)]
    [InlineData("ddim", 20, null, "karras", 1)]
    [InlineData("k_euler", 20, 0.7, null, 1)]
    [InlineData("k_euler", 20, null, "no such schedule", 1)]
    public void Contradictions_are_refused_together(string name, int steps, double? eta, string? schedule, int problems)
    {
        var refusal = Assert.Throws<DarkroomException>(() => SamplerRegistry.Create(name, schedule, StableDiffusion, new() { Steps = steps, Eta = eta }));
        Assert.Equal(ErrorKind.InvalidRequest, refusal.Kind);
        Assert.Equal(problems, refusal.Problems.Count);
    }

    // Property: samplers with noise levels of their own are refused for a checkpoint that was trained on others, and the refusal names one that goes.
    [Theory]
    [InlineData("ipndm", "k_ipndm")]
    [InlineData("edm_euler", "k_euler")]
    [InlineData("edm_dpmpp_2m", "k_dpmpp_2m")]
    public void Foreign_noise_levels_are_refused(string name, string instead)
    {
        var refusal = Assert.Throws<DarkroomException>(() => SamplerRegistry.Create(name, null, StableDiffusion, new() { Steps = 10 }));
        Assert.Contains(instead, refusal.Problems[0].Remedy, StringComparison.Ordinal);
        Assert.Contains("PNDMScheduler", refusal.Message, StringComparison.Ordinal);
    }

    // Property: whatever the number of steps and of the model's timesteps, a name makes a finite plan or a refusal that says what is wrong.
    [Fact]
    public void Extreme_numbers_of_steps_make_a_plan_or_a_refusal()
    {
        var wrong = new List<string>();
        foreach (var sampler in SamplerRegistry.All)
        {
            foreach (int count in (int[])[1, 2, 1000])
            {
                foreach (int steps in (int[])[0, 1, 2, count, count + 1])
                {
                    var config = ConfigOf(sampler).State("steps_offset", 0).State("num_train_timesteps", count);
                    try
                    {
                        var plan = SamplerRegistry.Create(sampler.Name, null, config, new() { Steps = steps }).Plan;
                        if (steps < 1) wrong.Add($"{sampler.Name} makes a plan of {steps} steps");
                        if (!plan.Points.All(at => double.IsFinite(at.Sigma) && double.IsFinite(at.Alpha)) || !double.IsFinite(plan.InitialNoiseScale))
                            wrong.Add($"{sampler.Name}, {steps} of {count}: the plan is not finite");
                    }
                    catch (DarkroomException refusal) when (refusal.Problems.All(p => p.What.Length > 10))
                    {
                    }
                    catch (Exception other) when (other is not Xunit.Sdk.XunitException)
                    {
                        wrong.Add($"{sampler.Name}, {steps} of {count}: {other.GetType().Name} {other.Message}");
                    }
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static SchedulerConfig ConfigOf(SamplerInfo sampler) =>
        sampler.Method.StartsWith("EDM", StringComparison.Ordinal) || sampler.Method == "IPNDMScheduler" ? SchedulerConfig.Default(sampler.Method) : StableDiffusion;

    // The references compute AlphaBar in float32, which moves the smallest noise level by 1.3e-5 of it.
    private static double RoundingOfFloat32(double sigma) => 2e-5 * sigma;

    private static bool Close(double[] expected, double[] actual, Func<double, double> tolerance) =>
        expected.Length == actual.Length && expected.Zip(actual).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance(pair.First));
}
