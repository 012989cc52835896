using System.Globalization;
using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Networks.Unet;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Writes a model of pixels in the layout of diffusers' DDPMPipeline.</summary>
internal static class PixelModelFolder
{
    private static readonly string[] DiffusersSchedules = ["linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace", "exp"];

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
        ModelFolder.WriteComponent(Path.Combine(folder, "unet"), "diffusion_pytorch_model", unet, network, weights, "unet.");
        ModelFolder.WriteJson(Path.Combine(folder, "scheduler", "scheduler_config.json"), scheduler);
        var index = new JsonObject
        {
            ["_class_name"] = "DDPMPipeline",
            ["scheduler"] = new JsonArray("diffusers", (string)scheduler["_class_name"]!),
            ["unet"] = new JsonArray("diffusers", "UNet2DModel"),
        };
        if (classes.Count > 0)
        {
            index["id2label"] = new JsonObject(classes.Select((name, i) =>
                KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), (JsonNode?)JsonValue.Create(name))));
        }
        if (super is not null) index["low_resolution"] = new JsonObject { ["edge"] = super.LowEdge, ["largest_noise"] = super.LargestNoise };
        ModelFolder.WriteJson(Path.Combine(folder, "model_index.json"), index);
    }

    /// <summary>The DDPMScheduler of an objective.</summary>
    public static JsonObject Scheduler(ObjectiveSettings objective)
    {
        var scheduler = new JsonObject
        {
            ["_class_name"] = "DDPMScheduler",
            ["num_train_timesteps"] = objective.Timesteps,
            ["prediction_type"] = objective.Prediction switch
            {
                PredictionType.Epsilon => "epsilon",
                PredictionType.Velocity => "v_prediction",
                PredictionType.Sample => "sample",
                _ => "previous_x",
            },
            ["variance_type"] = objective.Variance switch
            {
                VarianceType.FixedLarge => "fixed_large",
                VarianceType.Learned => "learned",
                VarianceType.LearnedRange => "learned_range",
                _ => "fixed_small",
            },
            ["clip_sample"] = true,
            ["clip_sample_range"] = 1.0,
            ["timestep_spacing"] = "leading",
        };
        if (DiffusersSchedules.Contains(objective.BetaSchedule))
        {
            scheduler["beta_schedule"] = objective.BetaSchedule;
            scheduler["beta_start"] = objective.BetaStart;
            scheduler["beta_end"] = objective.BetaEnd;
        }
        else
        {
            scheduler["trained_betas"] = new JsonArray([.. objective.Schedule().Betas.ToArray().Select(b => (JsonNode)b)]);
        }
        return scheduler;
    }
}
