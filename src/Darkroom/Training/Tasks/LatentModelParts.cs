using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Schedules;
using Darkroom.Text;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>The parts of a latent diffusion model on disk, in the diffusers layout of a StableDiffusionPipeline.</summary>
/// <param name="Autoencoder">Folder of the first stage.</param>
/// <param name="Unet">Configuration of the denoiser.</param>
/// <param name="TextEncoder">Configuration of the text encoder.</param>
/// <param name="Objective">Becomes the scheduler's configuration.</param>
internal sealed record LatentModelParts(string Autoencoder, JsonObject Unet, JsonObject TextEncoder, ObjectiveSettings Objective)
{
    /// <summary>What is recommended for generation.</summary>
    public GenerationDefaults Recommended { get; init; } = new();

    /// <summary>The words of the captions; null where there are none.</summary>
    public ModelWords? Words { get; init; }

    /// <summary>The weights of the first stage.</summary>
    public string AutoencoderWeights => Path.Combine(Autoencoder, ModelFolder.DiffusersWeights + ".safetensors");

    /// <summary>The first stage, ready to encode; the caller disposes it.</summary>
    public AutoencoderKL LoadAutoencoder(ScalarType dtype)
    {
        string config = Path.Combine(Autoencoder, "config.json");
        if (!File.Exists(config) || !File.Exists(AutoencoderWeights))
            throw new DarkroomException(ErrorKind.NotFound, "There is no first stage in this folder.", Autoencoder, "Train one with darkroom train autoencoder.");
        using var document = JsonDocument.Parse(File.ReadAllText(config));
        var network = new AutoencoderKL(AutoencoderConfig.FromJson(document.RootElement), ScalarType.Float32, META);
        using var weights = SafetensorsFile.Open(AutoencoderWeights);
        ModuleLoader.Load(network, weights, new ModuleLoadOptions { Dtype = dtype, ChannelsLast = true, Writable = true, Component = "vae" });
        return network;
    }

    /// <summary>Writes the whole model, with what it recommends for generation and the words that it knows.</summary>
    public void Write(string folder, UNet unet, ClipTextEncoder text, ClipTokenizer tokenizer, IReadOnlyDictionary<string, Tensor> weights)
    {
        var unetConfig = (JsonObject)Unet.DeepClone();
        unetConfig["_class_name"] = "UNet2DConditionModel";
        ModelFolder.WriteComponent(Path.Combine(folder, "unet"), ModelFolder.DiffusersWeights, unetConfig, unet, weights, "unet.");
        var textConfig = (JsonObject)TextEncoder.DeepClone();
        textConfig["architectures"] = new JsonArray("CLIPTextModel");
        textConfig["model_type"] = "clip_text_model";
        ModelFolder.WriteComponent(Path.Combine(folder, "text_encoder"), "model", textConfig, text, weights, "text_encoder.");
        ClipTokenizerFolder.Save(tokenizer, Path.Combine(folder, "tokenizer"));
        ModelFolder.WriteJson(Path.Combine(folder, "scheduler", "scheduler_config.json"), Scheduler());
        ModelFolder.WriteJson(Path.Combine(folder, GenerationDefaults.FileName), Recommended.ToJson());
        if (Words is not null) ModelFolder.WriteJson(Path.Combine(folder, ModelWords.FileName), Words.ToJson());
        ModelFolder.WriteJson(Path.Combine(folder, "model_index.json"), Index());
        string vae = Path.Combine(folder, "vae");
        Directory.CreateDirectory(vae);
        foreach (string name in new[] { "config.json", ModelFolder.DiffusersWeights + ".safetensors" })
            File.Copy(Path.Combine(Autoencoder, name), Path.Combine(vae, name), overwrite: true);
    }

    private JsonObject Scheduler()
    {
        if (Objective.Prediction is not (PredictionType.Epsilon or PredictionType.Velocity or PredictionType.Sample))
            throw new DarkroomException(ErrorKind.InvalidRequest, $"A pipeline can't predict {Objective.Prediction}.", "objective.prediction");
        var scheduler = Objective.SchedulerValues();
        scheduler["_class_name"] = "DPMSolverMultistepScheduler";
        scheduler["algorithm_type"] = "dpmsolver++";
        scheduler["solver_order"] = 2;
        scheduler["solver_type"] = "midpoint";
        scheduler["timestep_spacing"] = "trailing";
        return scheduler;
    }

    private static JsonObject Index() => new()
    {
        ["_class_name"] = "StableDiffusionPipeline",
        ["feature_extractor"] = new JsonArray(null, null),
        ["safety_checker"] = new JsonArray(null, null),
        ["requires_safety_checker"] = false,
        ["scheduler"] = new JsonArray("diffusers", "DPMSolverMultistepScheduler"),
        ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
        ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["unet"] = new JsonArray("diffusers", "UNet2DConditionModel"),
        ["vae"] = new JsonArray("diffusers", "AutoencoderKL"),
    };
}
