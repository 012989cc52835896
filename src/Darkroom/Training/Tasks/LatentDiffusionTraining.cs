using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Checkpoints;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.Blocks;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Text;
using Darkroom.Training.Data;
using Darkroom.Training.Data.Scenes;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Everything about the training of a latent diffusion model: <c>darkroom train latent</c>.</summary>
public sealed record LatentDiffusionTraining
{
    private const int HeldOutBatches = 4;

    /// <summary>Steps, optimiser, schedule and reports.</summary>
    public required TrainingSettings Training { get; init; }

    /// <summary>The denoiser, by the names of diffusers' config.json for UNet2DConditionModel.</summary>
    public required JsonObject Unet { get; init; }

    /// <summary>The text encoder, by the names of transformers' config.json for CLIPTextModel; the vocabulary's size is filled in.</summary>
    public required JsonObject TextEncoder { get; init; }

    /// <summary>The model folder with <c>vae/</c> that <c>darkroom train autoencoder</c> wrote.</summary>
    public required string FirstStage { get; init; }

    /// <summary>The folder that <c>darkroom train tokenizer</c> wrote.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Model folder whose <c>unet/</c> and <c>text_encoder/</c>, of the same shapes, are the beginning; null begins from nothing.</summary>
    public string? InitialModel { get; init; }

    /// <summary>What the denoiser learns.</summary>
    public ObjectiveSettings Objective { get; init; } = new();

    /// <summary>Share of the samples that are trained without their words; default 0.1.</summary>
    public double ConditionDrop { get; init; } = 0.1;

    /// <summary>
    /// Weight of the loss that holds the attention of words to the things that they name; default 0, none. Scenes alone know where their things are.
    /// </summary>
    public double GroundingWeight { get; init; }

    /// <summary>The pictures.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>Pictures that are encoded and kept; default 100000.</summary>
    public int CachedPictures { get; init; } = 100_000;

    /// <summary>Prompts of the sheet of samples; held-out captions where empty.</summary>
    public IReadOnlyList<string> SamplePrompts { get; init; } = [];

    /// <summary>Guidance of the sheet of samples; default 3.</summary>
    public double SampleGuidance { get; init; } = 3;

    /// <summary>Steps of the sheet of samples; default 20.</summary>
    public int SampleSteps { get; init; } = 20;

    /// <summary>What the model recommends for generation; what is left open is filled in from the sheet of samples and the pictures' size.</summary>
    public GenerationDefaults Generation { get; init; } = new();

    /// <summary>Trains, or goes on training, in a folder.</summary>
    /// <param name="folder">Begun already.</param>
    /// <param name="observer">Whom to tell; may be null.</param>
    /// <param name="encoding">Told how many pictures are encoded; may be null.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>Steps done.</returns>
    /// <exception cref="DarkroomException">As of <see cref="Trainer{TSample}.Run"/>; also a configuration that isn't possible, or a first stage that isn't one.</exception>
    public long Run(RunFolder folder, ITrainingObserver? observer, IProgress<long>? encoding, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Training.Validate();
        ComputeThreads.Use(Training.Threads);
        var tokenizer = ClipTokenizerFolder.Load(Tokenizer);
        var parts = new LatentModelParts(Path.Combine(FirstStage, "vae"), Unet, WithVocabulary(tokenizer), Objective);
        using var autoencoder = parts.LoadAutoencoder(ScalarType.Float32); // without products of its own, a processor encodes in bfloat16 at a sixth of the speed
        var (unet, text) = NewNetworks(tokenizer);
        using var ownedUnet = unet;
        using var ownedText = text;
        Validate(autoencoder, unet);

        var data = TrainingPictures.Open(Data, Training.Seed, observer is null ? null : observer.Warned);
        using var cache = LatentCache.Open(Path.Combine(folder.Root, "latents.safetensors"), Identity(parts), autoencoder, data.Training,
            data.Captions, tokenizer, CachedPictures, Training.Seed, encoding, cancellation);
        SceneRegions? Regions(SceneSource? scenes) => GroundingWeight > 0 && scenes is not null
            ? new SceneRegions(scenes, data.Painter!, tokenizer, Data.Edge / autoencoder.Config.Factor) : null;
        cache.Regions = Regions(data.TrainingScenes);
        var heldOutRegions = Regions(data.HeldOutScenes);
        var conditioner = new JointTextEncoder(text, tokenizer);
        var heldOutPictures = Enumerable.Range(0, HeldOutBatches * Training.BatchSize).Select(i => data.HeldOut[i]).ToList();
        var sampler = new SampleSheet(unet, text, autoencoder, tokenizer, Objective)
        {
            Prompts = SamplePrompts.Count > 0 ? SamplePrompts : [.. heldOutPictures.Take(32).Select(p => p.Caption)],
            Guidance = SampleGuidance,
            Steps = SampleSteps,
        };
        var whole = parts with { Recommended = Recommended(), Words = data.Words };
        var reports = new LatentDiffusionReports
        {
            HeldOut = [.. heldOutPictures.Chunk(Training.BatchSize).Select((batch, k) => Encode(autoencoder, batch, tokenizer).Select((sample, i) =>
                sample with { Regions = heldOutRegions?[k * Training.BatchSize + i] ?? [] }).ToList())],
            Draw = sampler.Draw,
            Export = (path, weights) => whole.Write(path, unet, text, tokenizer, weights),
        };
        var task = new LatentDiffusionTask(unet, conditioner, Objective.Objective(), ConditionDrop, reports, GroundingWeight);
        return new Trainer<LatentSample>(Training, task, cache, folder, observer).Run(cancellation);
    }

    private void Validate(AutoencoderKL autoencoder, UNet unet)
    {
        var problems = Objective.Problems(autoencoder.Config.LatentChannels, unet.Config.OutChannels).ToList();
        if (!double.IsFinite(GroundingWeight) || GroundingWeight < 0) problems.Add(new("It must be 0 or more.", "groundingWeight"));
        if (GroundingWeight > 0 && Data.Kind != DataKind.Scenes) problems.Add(new("Scenes alone know where their things are; leave it out, or set data.kind=scenes.", "groundingWeight"));
        if (ConditionDrop is < 0 or > 1) problems.Add(new("It must be from 0 to 1.", "conditionDrop"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private GenerationDefaults Recommended() => Generation with
    {
        Steps = Generation.Steps ?? SampleSteps,
        Guidance = Generation.Guidance ?? SampleGuidance,
        Width = Generation.Width ?? Data.Edge,
        Height = Generation.Height ?? Data.Edge,
    };

    /// <summary>The networks as training begins: with fresh weights of the seed, or those of the initial model; the caller disposes them.</summary>
    internal (UNet Unet, ClipTextEncoder Text) NewNetworks(ClipTokenizer tokenizer)
    {
        var dtype = Training.Precision.ToScalarType();
        var unet = new UNet(UnetConfig.FromJson(Unet.ToElement()), dtype) { AttentionProcessor = new UnfusedAttention() };
        var text = new ClipTextEncoder(ClipTextConfig.FromJson(WithVocabulary(tokenizer).ToElement()), dtype);
        using var generator = new Generator((ulong)Training.Seed);
        unet.InitialiseWeights(generator);
        text.InitialiseWeights(generator);
        if (InitialModel is { } initial)
        {
            ModelFolder.ReadWeights(Path.Combine(initial, "unet"), ModelFolder.DiffusersWeights, unet);
            ModelFolder.ReadWeights(Path.Combine(initial, "text_encoder"), "model", text);
        }
        return (unet, text);
    }

    private JsonObject WithVocabulary(ClipTokenizer tokenizer)
    {
        var config = (JsonObject)TextEncoder.DeepClone();
        config["vocab_size"] = tokenizer.VocabularySize;
        config["max_position_embeddings"] = tokenizer.RowLength;
        config["bos_token_id"] = tokenizer.StartId;
        config["eos_token_id"] = tokenizer.EndId;
        config["pad_token_id"] = tokenizer.PaddingId;
        return config;
    }

    /// <summary>A digest of all that decides the latents.</summary>
    private string Identity(LatentModelParts parts)
    {
        using var weights = File.OpenRead(parts.AutoencoderWeights);
        string data = JsonSerializer.Serialize(Data) + Training.Seed;
        return Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData(weights), .. Encoding.UTF8.GetBytes(data)]));
    }

    private static List<LatentSample> Encode(AutoencoderKL autoencoder, CaptionedPixels[] pictures, ClipTokenizer tokenizer)
    {
        using var scope = NewDisposeScope();
        var latents = LatentCache.Encode(autoencoder, pictures);
        return [.. pictures.Select((picture, i) => LatentSample.Of(latents[i], tokenizer.Row(picture.Caption)))];
    }
}
