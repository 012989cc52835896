using Darkroom.Checkpoints;
using Darkroom.Networks;
using Darkroom.Networks.Autoencoders;
using Darkroom.Networks.TextEncoders;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Rules;
using Darkroom.Runtime;
using Darkroom.Samplers;
using Darkroom.Schedules;
using Darkroom.Text;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>The networks of a checkpoint, each loaded when it is first needed, and how they are called.</summary>
internal sealed class StableDiffusionModel : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly Checkpoint? _autoencoderCheckpoint;
    private readonly ScalarType _dtype;
    private readonly long _tileAbovePixels;
    private readonly ITextTokenizer _tokenizer;
    private readonly OnDemand<ClipTextEncoder> _textEncoder;
    private readonly OnDemand<UNet> _unet;
    private readonly OnDemand<AutoencoderKL> _autoencoder;

    private StableDiffusionModel(Checkpoint checkpoint, Checkpoint? autoencoderCheckpoint, SchedulerConfig scheduler, LoadOptions options)
    {
        _checkpoint = checkpoint;
        _autoencoderCheckpoint = autoencoderCheckpoint;
        Scheduler = scheduler;
        Precision = options.Precision.Resolve();
        _dtype = Precision.ToScalarType();
        _tileAbovePixels = options.TileAbovePixels;
        Name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoint.FilePath)));

        SupportedModel.CheckFamily(checkpoint);
        var unet = UnetConfig.FromJson(checkpoint.Component("unet").Config);
        var autoencoder = AutoencoderConfig.FromJson(Autoencoder.Config);
        var text = ClipTextConfig.FromJson(checkpoint.Component("text_encoder").Config);
        SupportedModel.CheckNetworks(unet, autoencoder, text, checkpoint.FilePath);
        int side = (unet.SampleSize ?? 64) * autoencoder.Factor;
        Facts = new ModelFacts(autoencoder.Factor, unet.InChannels != autoencoder.LatentChannels, text.NumHiddenLayers);
        var stated = checkpoint.Defaults ?? new GenerationDefaults();
        WorkingSize = stated is { Width: { } width, Height: { } height } ? (width, height) : null;
        Defaults = stated with
        {
            // Another scheduler brings another sampler with it.
            Sampler = options.SchedulerConfigPath is null ? stated.Sampler : null,
            Schedule = options.SchedulerConfigPath is null ? stated.Schedule : null,
            Steps = stated.Steps ?? 20,
            Guidance = stated.Guidance ?? 7.5,
            Width = stated.Width ?? side,
            Height = stated.Height ?? side,
            Upscale = stated.Upscale ?? 1,
        };
        Words = checkpoint.Words;
        LatentChannels = autoencoder.LatentChannels;
        _tokenizer = TokenizerOf(checkpoint);
        NetworkSource[] networks =
        [
            new(() => new ClipTextEncoder(text, _dtype, META), checkpoint.Component("text_encoder")),
            new(() => new UNet(unet, _dtype, META), checkpoint.Component("unet")),
            new(() => new AutoencoderKL(autoencoder, _dtype, META), Autoencoder),
        ];
        var mismatches = networks.SelectMany(Mismatches).ToList();
        if (mismatches.Count > 0) throw new DarkroomException(ErrorKind.ModelMismatch, mismatches);
        _textEncoder = new(() => (ClipTextEncoder)Loaded(networks[0]), options.KeepLoaded);
        _unet = new(() => (UNet)Loaded(networks[1]), options.KeepLoaded);
        _autoencoder = new(() => (AutoencoderKL)Loaded(networks[2]), options.KeepLoaded);
    }

    /// <summary>The file's or folder's name.</summary>
    public string Name { get; }

    /// <summary>The file or folder.</summary>
    public string FilePath => _checkpoint.FilePath;

    /// <summary>The number format, never Auto.</summary>
    public Precision Precision { get; }

    /// <summary>The scheduler configuration, with what Stable Diffusion's pipelines force.</summary>
    public SchedulerConfig Scheduler { get; }

    /// <summary>What the UNet predicts.</summary>
    public PredictionType Predicts => Scheduler.PredictionType;

    /// <summary>What the rules need to know.</summary>
    public ModelFacts Facts { get; }

    /// <summary>The sampler that the scheduler configuration names.</summary>
    /// <exception cref="DarkroomException">InvalidRequest: no sampler follows it.</exception>
    public string OwnSampler => SamplerRegistry.Of(Scheduler).Name;

    /// <summary>What a request gets where it leaves something open; all but the sampler and its schedule are set.</summary>
    public GenerationDefaults Defaults { get; }

    /// <summary>The size that input pictures are brought to where the request asks for none; null where the model works at any size.</summary>
    public (int Width, int Height)? WorkingSize { get; }

    /// <summary>The words that it was trained on, where it says.</summary>
    public ModelWords? Words { get; }

    /// <summary>Channels of the latents.</summary>
    public int LatentChannels { get; }

    // Makes a network without weights, and has the weights.
    private sealed record NetworkSource(Func<Network> New, CheckpointComponent Component);

    private CheckpointComponent Autoencoder => (_autoencoderCheckpoint ?? _checkpoint).Component("vae");

    /// <summary>Opens a checkpoint; weights are read when they are first needed.</summary>
    public static StableDiffusionModel Load(string path, LoadOptions options)
    {
        NativeTorch.Load();
        var checkpoint = Checkpoint.Open(path, new CheckpointOptions { ConfigFolder = options.ConfigFolder });
        Checkpoint? autoencoder = null;
        try
        {
            autoencoder = options.AutoencoderPath is { } other ? Checkpoint.Open(other, new CheckpointOptions { ConfigFolder = options.ConfigFolder }) : null;
            return new StableDiffusionModel(checkpoint, autoencoder, SchedulerOf(checkpoint, options).ForStableDiffusion(), options);
        }
        catch
        {
            autoencoder?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Lends the text encoder.</summary>
    public T WithTextEncoder<T>(Func<ClipTextEncoder, ITextTokenizer, T> use) => _textEncoder.Use(encoder => use(encoder, _tokenizer));

    /// <summary>The UNet on float32 tensors; see <see cref="NetworkCall"/>.</summary>
    public Tensor CallUnet(Tensor input, double timestep, Tensor context) => _unet.Use(unet =>
    {
        using var scope = NewDisposeScope();
        var times = full([input.shape[0]], timestep, ScalarType.Float32);
        return unet.Predict(input.to(_dtype), times, context.to(_dtype)).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }, release: false);

    /// <summary>A posterior sample of [1, 3, H, W] in [-1, 1], as scaled latents [1, C, h, w] in float32.</summary>
    public Tensor Encode(Tensor pixels, INoiseSource noise) => _autoencoder.Use(autoencoder =>
    {
        using var scope = NewDisposeScope();
        using var posterior = autoencoder.Encode(pixels);
        var latents = autoencoder.ToLatents(posterior.Sample(noise.Next(posterior.Mean)));
        FiniteCheck.Throw(latents, "autoencoder, encoding", Precision);
        return latents.MoveToOuterDisposeScope();
    }, release: false);

    /// <summary>[1, 3, H, W] in [-1, 1] after the autoencoder: decoded from the posterior's mean and clamped. The caller owns it.</summary>
    public Tensor Reconstruct(Tensor pixels) => _autoencoder.Use(autoencoder =>
    {
        using var scope = NewDisposeScope();
        using var posterior = autoencoder.Encode(pixels);
        return autoencoder.DecodeUnscaled(posterior.Mean).clamp(-1, 1).MoveToOuterDisposeScope();
    }, release: false);

    /// <summary>[1, 3, H, W], about [-1, 1], float32, from latents.</summary>
    public Tensor Decode(Tensor latents, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _unet.Release();
        long pixels = latents.shape[2] * latents.shape[3] * Facts.PixelsPerLatent * Facts.PixelsPerLatent;
        return _autoencoder.Use(autoencoder => pixels > _tileAbovePixels
            ? new SeamlessDecoder(autoencoder).Decode(latents, cancellation) : autoencoder.Decode(latents));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _textEncoder.Dispose();
        _unet.Dispose();
        _autoencoder.Dispose();
        _autoencoderCheckpoint?.Dispose();
        _checkpoint.Dispose();
    }

    // Shapes alone are compared here, so that a wrong file is refused when it is opened and not when its last network is first used.
    private static IReadOnlyList<Problem> Mismatches(NetworkSource source)
    {
        using var network = source.New();
        return ModuleLoader.Compare(
            network.state_dict().ToDictionary(s => s.Key, s => (IReadOnlyList<long>)s.Value.shape), source.Component.Tensors, source.Component.Name);
    }

    private static Network Loaded(NetworkSource source)
    {
        var network = source.New();
        try
        {
            ModuleLoader.Load(network, source.Component.Tensors, new ModuleLoadOptions { Dtype = network.Dtype, Component = source.Component.Name });
        }
        catch
        {
            network.Dispose();
            throw;
        }
        network.eval();
        return network;
    }

    private static SchedulerConfig SchedulerOf(Checkpoint checkpoint, LoadOptions options)
    {
        if (options.SchedulerConfigPath is { } path)
        {
            if (!File.Exists(path)) throw new DarkroomException(ErrorKind.NotFound, "There is no such file.", path);
            return SchedulerConfig.Parse(File.ReadAllBytes(path), path);
        }
        return checkpoint.SchedulerConfig is { } json
            ? SchedulerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(json.GetRawText()), "scheduler_config.json")
            : SchedulerConfig.Default("PNDMScheduler");
    }

    // SD2 fills rows with id 0, SD1 with its end token; a folder may bring a tokenizer of its own.
    private static ClipTokenizer TokenizerOf(Checkpoint checkpoint) =>
        checkpoint.TokenizerFolders.TryGetValue("tokenizer", out string? folder) ? ClipTokenizerFolder.Load(folder)
        : checkpoint.Family == Checkpoints.ModelFamily.StableDiffusion2 ? new ClipTokenizer(BpeVocabulary.Clip, paddingId: 0)
        : ClipTokenizer.Clip;
}
