using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>A diffusion model that works on pixels (DDPM, improved DDPM, guided diffusion, EDM): from noise to pictures, with classes or without.</summary>
/// <remarks>
/// Its folder is that of diffusers' DDPMPipeline: model_index.json, unet (UNet2DModel) and scheduler. Names of classes stand as <c>id2label</c> in
/// model_index.json, as in diffusers' DiTPipeline; a network with one class more than names was trained with a null class, its last.
/// </remarks>
public sealed class PixelDiffusion : IDisposable
{
    private readonly UNet _network;
    private readonly bool _ownsNetwork;

    internal PixelDiffusion(UNet network, SchedulerConfig scheduler, IReadOnlyList<string> classes, bool ownsNetwork)
    {
        (_network, _ownsNetwork, Classes) = (network, ownsNetwork, classes);
        Process = PixelProcess.Of(scheduler, channels: 3, network.Config.OutChannels);
        Scheduler = scheduler;
    }

    /// <summary>Names of the classes; empty where the model has none.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Width and height of its pictures.</summary>
    public int Edge => _network.Config.SampleSize ?? 32;

    /// <summary>Whether it can do without a class, as classifier-free guidance needs.</summary>
    public bool HasNullClass => _network.Config.NumClassEmbeds > Classes.Count && Classes.Count > 0;

    /// <summary>The process that it was trained on, in diffusers' terms.</summary>
    public SchedulerConfig Scheduler { get; }

    /// <summary>Process and parameterisation.</summary>
    internal PixelProcess Process { get; }

    /// <summary>The network; it stays this pipeline's.</summary>
    public UNet Network => _network;

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder in diffusers' layout.</param>
    /// <param name="options">The number format is used.</param>
    /// <exception cref="DarkroomException">NotFound, BadFile; ModelMismatch: it is no unconditional or class-conditional model of pixels.</exception>
    public static PixelDiffusion Load(string path, LoadOptions? options = null)
    {
        options ??= new LoadOptions();
        NativeTorch.Load();
        using var checkpoint = Checkpoint.Open(path, new CheckpointOptions { ConfigFolder = options.ConfigFolder });
        var component = checkpoint.Component("unet");
        var config = UnetConfig.FromJson(component.Config);
        if (config.TakesContext || checkpoint.Components.ContainsKey("vae"))
        {
            throw new DarkroomException(ErrorKind.ModelMismatch, "This is not a model of pixels: it takes text or works on latents.", path,
                "Use txt2img for models of text.");
        }
        var scheduler = checkpoint.SchedulerConfig is { } json
            ? SchedulerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(json.GetRawText()), "scheduler_config.json")
            : SchedulerConfig.Default("DDPMScheduler");
        var network = new UNet(config, options.Precision.Resolve().ToScalarType(), META);
        try
        {
            ModuleLoader.Load(network, component.Tensors, new ModuleLoadOptions { Dtype = network.Dtype, ChannelsLast = true, Component = "unet" });
            network.eval();
            return new PixelDiffusion(network, scheduler, NamesOf(checkpoint.ModelIndex, config), ownsNetwork: true);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Samples pictures.</summary>
    /// <param name="request">What to sample.</param>
    /// <param name="classifier">grad log p(y | x) for classifier guidance; null for none.</param>
    /// <param name="progress">Told after every evaluation; its pictures are batches.</param>
    /// <param name="cancellation">Stops between evaluations.</param>
    /// <returns>[Count, 3, Edge, Edge] in [-1, 1], float32; the caller owns it.</returns>
    /// <exception cref="DarkroomException">InvalidRequest with every problem; Numerical: NaN.</exception>
    public Tensor SampleTensor(
        PixelRequest request, IPixelClassifier? classifier = null, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        PixelRequestRules.Check(this, request, classifier);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        int batches = (request.Count + request.BatchSize - 1) / request.BatchSize;
        var parts = new List<Tensor>();
        for (int batch = 0; batch < batches; batch++)
        {
            int first = batch * request.BatchSize, count = Math.Min(request.BatchSize, request.Count - first), number = batch;
            parts.Add(SampleBatch(request, classifier, first, count, state =>
            {
                cancellation.ThrowIfCancellationRequested();
                FiniteCheck.Throw(state.X, $"sampler, evaluation {state.Index + 1} of {state.Count}", Precision.Float32);
                progress?.Report(new SamplingStep(number, batches, state.Index + 1, state.Count, null));
            }));
        }
        return cat([.. parts], 0).MoveToOuterDisposeScope();
    }

    /// <summary>Samples pictures; see <see cref="SampleTensor"/>.</summary>
    public IReadOnlyList<Picture> Sample(
        PixelRequest request, IPixelClassifier? classifier = null, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default)
    {
        using var pictures = SampleTensor(request, classifier, progress, cancellation);
        return [.. Enumerable.Range(0, request.Count).Select(k =>
        {
            using var one = pictures.narrow(0, k, 1);
            return PictureTensors.ToPicture(one);
        })];
    }

    private Tensor SampleBatch(PixelRequest request, IPixelClassifier? classifier, int first, int count, Action<SamplerState> watch)
    {
        using var scope = NewDisposeScope();
        var noise = new BatchNoise([.. Enumerable.Range(0, count).Select(k => new TorchNoise(request.Seed + first + k))]);
        long[]? classes = request.Classes.Count == 0 ? null
            : [.. Enumerable.Range(first, count).Select(k => (long)request.Classes[k % request.Classes.Count])];
        var labels = classes is null ? null : tensor(classes);
        Func<Tensor, NoisePoint, Tensor>? gradient = classifier is null || request.ClassifierScale == 0 ? null
            : (x, at) => Gradient(classifier, x, at, labels!, request.ClassifierScale);
        var prepared = Process.Prepare(request, gradient, out bool tookGradient);
        var denoiser = new PixelDenoiser(_network, Process, Condition(request, labels, count) with { Gradient = tookGradient ? null : gradient });
        var x = noise.Next(empty(count, 3, Edge, Edge)) * prepared.Plan.InitialNoiseScale;
        var sampled = prepared.Sampler.Sample(denoiser, x, prepared.Plan, noise, (in SamplerState state) =>
        {
            watch(state);
            return null;
        });
        return sampled.MoveToOuterDisposeScope();
    }

    private PixelConditioning Condition(PixelRequest request, Tensor? labels, int count)
    {
        if (!HasNullClass) return new PixelConditioning { Labels = labels };
        var none = full([count], _network.Config.NumClassEmbeds!.Value - 1, ScalarType.Int64);
        return labels is null || request.Guidance == 0
            ? new PixelConditioning { Labels = none }
            : new PixelConditioning { Labels = labels, NullLabels = none, Guidance = request.Guidance };
    }

    private Tensor Gradient(IPixelClassifier classifier, Tensor x, NoisePoint at, Tensor labels, double scale)
    {
        using var scope = NewDisposeScope();
        var preserving = at.ToVariancePreserving();
        var seen = x * at.ScaleTo(preserving);
        return (scale * classifier.Gradient(seen, Process.TimeAt(at), labels)).MoveToOuterDisposeScope();
    }

    private static IReadOnlyList<string> NamesOf(JsonElement? index, UnetConfig config) =>
        config.NumClassEmbeds is { } count && config.ClassEmbedType is null ? ClassNames.Read(index, count, nullClass: true) : [];

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        if (_ownsNetwork) _network.Dispose();
    }
}
