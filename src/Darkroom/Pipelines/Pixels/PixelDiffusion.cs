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

    /// <summary>The timestep that small pictures are noised to where nothing else is asked for.</summary>
    internal const int UsualCascadeNoise = 100;

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

    /// <summary>Of a super-resolution model: what it makes larger; null for a model that begins with noise alone.</summary>
    internal SmallPictures? Small { get; init; }

    /// <summary>The sampler that goes with it.</summary>
    public string OwnSampler => Process switch { DiscretePixelProcess => "ddim", SdePixelProcess => "ode_rk45", _ => "edm_euler" };

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
            return new PixelDiffusion(network, scheduler, NamesOf(checkpoint.ModelIndex, config), ownsNetwork: true)
            {
                Small = SmallPictures.Read(checkpoint.ModelIndex, config),
            };
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
        if (Small is not null)
        {
            throw new DarkroomException(ErrorKind.InvalidRequest, $"This model makes pictures of {Small.Edge} pixels larger; it makes none by itself.", "--model",
                "Name it with --cascade, and the model of the small pictures with --model.");
        }
        return SampleAll(request, classifier, null, progress, cancellation);
    }

    /// <summary>Makes small pictures larger, with noise conditioning augmentation; Ho et al. 2021, arXiv:2106.15282, section 4.2.</summary>
    /// <param name="small">[Count, 3, e, e] in [-1, 1]; not disposed.</param>
    /// <param name="request">Count, seeds, sampler and steps.</param>
    /// <param name="noise">The timestep that they are noised to first, which hides what is wrong with them; 0 .. what the model was trained on.</param>
    /// <param name="progress">Told after every evaluation.</param>
    /// <param name="cancellation">Stops between evaluations.</param>
    /// <returns>[Count, 3, Edge, Edge] in [-1, 1], float32; the caller owns it.</returns>
    /// <exception cref="DarkroomException">InvalidRequest: not a super-resolution model, or pictures and noise that it wasn't trained on.</exception>
    public Tensor EnlargeTensor(
        Tensor small, PixelRequest request, int noise = UsualCascadeNoise, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(small);
        ArgumentNullException.ThrowIfNull(request);
        PixelRequestRules.Check(this, request, null);
        PixelRequestRules.CheckCascade(this, small, request, noise);
        return SampleAll(request, null, new CascadeInput(small, noise), progress, cancellation);
    }

    /// <summary>Makes small pictures larger; see <see cref="EnlargeTensor"/>.</summary>
    public IReadOnlyList<Picture> Enlarge(
        IReadOnlyList<Picture> small, PixelRequest request, int noise = UsualCascadeNoise, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(small);
        using var scope = NewDisposeScope();
        var pixels = cat([.. small.Select(PictureTensors.ToTensor)], 0);
        return ToPictures(EnlargeTensor(pixels, request, noise, progress, cancellation));
    }

    private Tensor SampleAll(
        PixelRequest request, IPixelClassifier? classifier, CascadeInput? cascade, IProgress<SamplingStep>? progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        int batches = (request.Count + request.BatchSize - 1) / request.BatchSize;
        var parts = new List<Tensor>();
        for (int batch = 0; batch < batches; batch++)
        {
            int first = batch * request.BatchSize, count = Math.Min(request.BatchSize, request.Count - first), number = batch;
            parts.Add(SampleBatch(request, classifier, cascade, first, count, state =>
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
        return ToPictures(pictures);
    }

    private static IReadOnlyList<Picture> ToPictures(Tensor pictures) => [.. Enumerable.Range(0, (int)pictures.shape[0]).Select(k =>
    {
        using var one = pictures.narrow(0, k, 1);
        return PictureTensors.ToPicture(one);
    })];

    private Tensor SampleBatch(PixelRequest request, IPixelClassifier? classifier, CascadeInput? cascade, int first, int count, Action<SamplerState> watch)
    {
        using var scope = NewDisposeScope();
        var noise = new BatchNoise([.. Enumerable.Range(0, count).Select(k => new TorchNoise(request.Seed + first + k))]);
        long[]? classes = request.Classes.Count == 0 ? null
            : [.. Enumerable.Range(first, count).Select(k => (long)request.Classes[k % request.Classes.Count])];
        var labels = classes is null ? null : tensor(classes);
        Func<Tensor, NoisePoint, Tensor>? gradient = classifier is null || request.ClassifierScale == 0 ? null
            : (x, at) => Gradient(classifier, x, at, labels!, request.ClassifierScale);
        var prepared = Process.Prepare(request, gradient, out bool tookGradient);
        var condition = cascade is null ? Condition(request, labels, count) : Condition(cascade, first, count, noise);
        var denoiser = new PixelDenoiser(_network, Process, condition with { Gradient = tookGradient ? null : gradient });
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

    // The noise of the small pictures is drawn first, from the pictures' own generators.
    private PixelConditioning Condition(CascadeInput cascade, int first, int count, BatchNoise noise)
    {
        var small = cascade.Small.narrow(0, first, count).to(ScalarType.Float32);
        var level = full([count], cascade.Noise, ScalarType.Int64);
        var noised = new ForwardProcess(((DiscretePixelProcess)Process).Schedule).AddNoise(small, noise.Next(small), level);
        return new PixelConditioning { Labels = level, Beside = LowResolution.Enlarge(noised, Edge) };
    }

    /// <summary>Small pictures and the timestep that they are noised to.</summary>
    private sealed record CascadeInput(Tensor Small, int Noise);

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
