using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Darkroom.Checkpoints.Layouts;

/// <summary>The schedulers that single files stand for, which hold none: those of the upstream folders of each family.</summary>
internal static partial class SchedulerConfigs
{
    /// <summary>
    /// global_step of the SD 2.0 and 2.1 checkpoints that predict the noise (512-base-ema.ckpt); all others of SD2 predict v.
    /// </summary>
    private static readonly long[] NoisePredictingSteps = [875_000, 220_000];

    /// <summary>
    /// runwayml/stable-diffusion-v1-5, stabilityai/stable-diffusion-2-1 and stable-diffusion-xl-base-1.0,
    /// scheduler/scheduler_config.json.
    /// </summary>
    public static JsonElement Make(ModelFamily family, string predictionType)
    {
        var json = new JsonObject
        {
            ["_class_name"] = family switch
            {
                ModelFamily.StableDiffusion2 when predictionType != "epsilon" => "DDIMScheduler",
                ModelFamily.StableDiffusionXl or ModelFamily.StableDiffusionXlRefiner => "EulerDiscreteScheduler",
                _ => "PNDMScheduler",
            },
            ["beta_end"] = 0.012,
            ["beta_schedule"] = "scaled_linear",
            ["beta_start"] = 0.00085,
            ["clip_sample"] = false,
            ["num_train_timesteps"] = 1000,
            ["prediction_type"] = predictionType,
            ["set_alpha_to_one"] = false,
            ["skip_prk_steps"] = true,
            ["steps_offset"] = 1,
        };
        if (family is ModelFamily.StableDiffusionXl or ModelFamily.StableDiffusionXlRefiner) json["timestep_spacing"] = "leading";
        return JsonSerializer.SerializeToElement(json);
    }

    /// <summary>
    /// What a single file predicts: what it says itself (metadata, marker tensors, the .yaml file beside it), else v for SD2 models of
    /// four channels and noise for all others.
    /// </summary>
    public static string PredictionType(ModelFamily family, string path, ITensorSource source, long inChannels)
    {
        if (source is SafetensorsFile file && file.Metadata.TryGetValue("modelspec.prediction_type", out string? said))
            return said.StartsWith('v') ? "v_prediction" : "epsilon";
        if (source.Tensors.ContainsKey("v_pred")) return "v_prediction";
        string yaml = Path.ChangeExtension(path, ".yaml");
        if (File.Exists(yaml) && new FileInfo(yaml).Length < 1 << 20)
            return VelocityInYaml().IsMatch(File.ReadAllText(yaml))
                ? "v_prediction" : "epsilon";
        if (family != ModelFamily.StableDiffusion2 || inChannels != 4) return "epsilon";
        return source is TorchFile torch && torch.Values.TryGetValue("global_step", out object? step) && step is long number
            && NoisePredictingSteps.Contains(number)
            ? "epsilon" : "v_prediction";
    }

    [GeneratedRegex("""^\s*parameterization:\s*["']?v["']?\s*$""", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex VelocityInYaml();
}
