using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Pixels;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Writes a model of pixels in the layout of diffusers' DDPMPipeline.</summary>
internal static class PixelModelFolder
{
    /// <summary>Writes model_index.json, unet and scheduler.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="scheduler">As of <see cref="Scheduler"/>.</param>
    /// <param name="classes">Names of the classes; may be empty.</param>
    /// <param name="super">Of a super-resolution model; null for others.</param>
    /// <param name="weights">The averaged weights, by name with "unet." before it.</param>
    public static void Write(
        string folder, UNet network, JsonObject config, JsonObject scheduler, IReadOnlyList<string> classes, SuperResolutionSettings? super,
        IReadOnlyDictionary<string, Tensor> weights)
    {
        var unet = (JsonObject)config.DeepClone();
        unet["_class_name"] = "UNet2DModel";
        ModelFolder.WriteComponent(Path.Combine(folder, "unet"), ModelFolder.DiffusersWeights, unet, network, weights, "unet.");
        ModelFolder.WriteJson(Path.Combine(folder, "scheduler", "scheduler_config.json"), scheduler);
        var index = new JsonObject
        {
            ["_class_name"] = "DDPMPipeline",
            ["scheduler"] = new JsonArray("diffusers", (string)scheduler["_class_name"]!),
            ["unet"] = new JsonArray("diffusers", "UNet2DModel"),
        };
        if (classes.Count > 0) index[ClassNames.Key] = ClassNames.ToJson(classes);
        if (super is not null) index["low_resolution"] = new JsonObject { ["edge"] = super.LowEdge, ["largest_noise"] = super.LargestNoise };
        ModelFolder.WriteJson(Path.Combine(folder, "model_index.json"), index);
    }

    /// <summary>The DDPMScheduler of an objective.</summary>
    public static JsonObject Scheduler(ObjectiveSettings objective)
    {
        var scheduler = objective.SchedulerValues();
        scheduler["_class_name"] = "DDPMScheduler";
        scheduler["variance_type"] = objective.Variance switch
        {
            VarianceType.FixedLarge => "fixed_large",
            VarianceType.Learned => "learned",
            VarianceType.LearnedRange => "learned_range",
            _ => "fixed_small",
        };
        scheduler["clip_sample"] = true;
        scheduler["clip_sample_range"] = 1.0;
        scheduler["timestep_spacing"] = "leading";
        return scheduler;
    }
}
