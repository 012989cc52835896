using System.Text.Json;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Schedules;

[Trait("Category", "Golden")]
public class GoldenSigmaScheduleTests
{
    private const string Topic = "diffusion/schedules_ui";

    // Property: every sigma schedule equals that of ComfyUI or A1111 within 1e-5 per element, with equal counts and an exact final 0.
    [Fact]
    public void Sigmas_equal_those_of_both_programs()
    {
        var cases = GoldenData.Cases(Topic);
        if (cases.Count == 0) return;
        var tensors = GoldenData.Tensors(Topic + ".safetensors");
        var levels = new Dictionary<string, NoiseLevels>();
        NoiseLevels Levels(string name) =>
            levels.TryGetValue(name, out var known) ? known : levels[name] = new NoiseLevels(tensors.Doubles(name + "/model_sigmas"));

        int verified = 0;
        var failures = new List<string>();
        foreach (var testCase in cases)
        {
            var p = testCase.GetProperty("params");
            string name = testCase.GetProperty("case").GetString()!;
            bool comfy = p.GetProperty("program").GetString() == "ComfyUI";
            var sigmas = comfy
                ? ComfyUI(p, Levels(p.TryGetProperty("model", out var model) ? "comfy/" + model.GetString() : "comfy/sd"))
                : A1111(p, Levels("a1111/sd"));
            verified++;
            if (testCase.TryGetProperty("values", out var values) && values.TryGetProperty("error", out _))
            {
                if (!sigmas.All(double.IsFinite)) failures.Add($"{name}: not finite");
                continue;
            }
            var expected = tensors.Doubles(testCase.GetProperty("tensors").EnumerateObject().Single().Name);
            if (sigmas.Length != expected.Length) failures.Add($"{name}: {sigmas.Length} levels instead of {expected.Length}");
            else if (expected.Zip(sigmas).Any(e => e.First == 0 ? e.Second != 0 : !(Math.Abs(e.Second / e.First - 1) <= 1e-5)))
                failures.Add($"{name}: {string.Join(' ', sigmas)} instead of {string.Join(' ', expected)}");
        }
        GoldenReport.Add(Topic, cases.Count, verified);
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases.Count}:\n" + string.Join('\n', failures.Take(20)));
    }

    private static double[] ComfyUI(JsonElement p, NoiseLevels levels)
    {
        int steps = p.GetProperty("steps").GetInt32();
        double denoise = p.TryGetProperty("denoise", out var part) ? part.GetDouble() : 1;
        bool node = p.TryGetProperty("node", out _);
        var schedule = SigmaSchedules.Get(node ? "align_your_steps" : p.GetProperty("scheduler").GetString()!);
        var family = !p.TryGetProperty("model_type", out var type) ? ModelFamily.StableDiffusion : type.GetString() switch
        {
            "SDXL" => ModelFamily.StableDiffusionXL,
            "SVD" => ModelFamily.StableVideoDiffusion,
            _ => ModelFamily.StableDiffusion,
        };
        double[] Make(int n) => SigmaSchedules.Compute(schedule, new() { Levels = levels, Steps = n, Family = family });
        if (node) return PartialSchedule.ComfyUINode(Make, steps, denoise);
        bool discard = p.TryGetProperty("sampler", out var sampler) && sampler.GetString() is "dpm_2" or "dpm_2_ancestral" or "uni_pc" or "uni_pc_bh2";
        return PartialSchedule.ComfyUI(n => discard ? PartialSchedule.DiscardPenultimate(Make, n) : Make(n), steps, denoise);
    }

    private static double[] A1111(JsonElement p, NoiseLevels levels)
    {
        string name = p.GetProperty("scheduler").GetString()!;
        var byDefault = SamplerDefault.OfA1111(p.TryGetProperty("sampler", out var sampler) ? sampler.GetString()! : "");
        bool automatic = name == "Automatic";
        var schedule = SigmaSchedules.Get(automatic ? byDefault.Schedule : name, SigmaDialect.A1111);
        var options = p.TryGetProperty("options", out var given) ? given : p;
        double? Option(string key) => options.TryGetProperty(key, out var value) && value.GetDouble() != 0 ? value.GetDouble()
            : p.TryGetProperty(key, out value) ? value.GetDouble() : null;
        bool old = options.TryGetProperty("use_old_karras_scheduler_sigmas", out var flag) && flag.GetBoolean();
        bool Flag(string key) => (options.TryGetProperty(key, out var value) || p.TryGetProperty(key, out value)) && value.GetBoolean();
        double[] Make(int n) => SigmaSchedules.Compute(schedule, new()
        {
            Levels = levels,
            Steps = n,
            SigmaMin = Option("sigma_min") ?? (old ? 0.1 : null),
            SigmaMax = Option("sigma_max") ?? (old ? 10 : null),
            Rho = Option("rho"),
            Alpha = Option("alpha") ?? 0.6,
            Beta = Option("beta") ?? 0.6,
            Quantize = Flag("quantize"),
            Family = Flag("is_sdxl") ? ModelFamily.StableDiffusionXL : ModelFamily.StableDiffusion,
        });
        bool discard = Flag("always_discard_next_to_last_sigma") || byDefault.DiscardPenultimate;
        double[] Whole(int n) => discard ? PartialSchedule.DiscardPenultimate(Make, n) : Make(n);
        int steps = p.GetProperty("steps").GetInt32();
        return p.TryGetProperty("denoising_strength", out var strength)
            ? PartialSchedule.A1111(Whole, steps, strength.GetDouble(), Flag("img2img_fix_steps"))
            : Whole(steps);
    }
}
