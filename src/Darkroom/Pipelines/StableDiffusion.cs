using Darkroom.Runtime;
using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>
/// Latent diffusion with a text encoder: a prompt, or a prompt and a picture, becomes a picture.
/// </summary>
/// <remarks>
/// Rombach et al. 2022, arXiv:2112.10752. It owns its networks and is to be disposed. One generation at a time: calls from several threads wait for each other.
/// </remarks>
public sealed class StableDiffusion : IDisposable
{
    private readonly StableDiffusionModel _model;
    private readonly Lock _turn = new();
    private bool _disposed;

    internal StableDiffusion(StableDiffusionModel model) => _model = model;

    /// <summary>What was loaded.</summary>
    public string Name => _model.Name;

    /// <summary>The number format in use, never Auto.</summary>
    public Precision Precision => _model.Precision;

    /// <summary>Loads a checkpoint: a diffusers folder, an original single file (.safetensors) or a pickled .ckpt.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="options">Precision and the like; null for the defaults.</param>
    /// <exception cref="DarkroomException">NotFound, BadFile or ModelMismatch, with every problem that was found.</exception>
    public static StableDiffusion Load(string path, LoadOptions? options = null) => new(StableDiffusionModel.Load(path, options ?? new LoadOptions()));

    /// <summary>Loads the model that comes with Darkroom: pictures of 64 by 64 pixels of the things that its word list names.</summary>
    /// <param name="options">Precision and the like; null for the defaults.</param>
    /// <exception cref="DarkroomException">NotFound: it isn't where the program is, with what to do.</exception>
    public static StableDiffusion LoadEmbedded(LoadOptions? options = null) => Load(EmbeddedModel.Locate(), options);

    /// <summary>A picture from a prompt.</summary>
    /// <param name="request">What is wanted; with a batch, the first picture.</param>
    /// <param name="progress">Told after every evaluation of the network.</param>
    /// <param name="cancellation">Stops within a step.</param>
    /// <exception cref="DarkroomException">InvalidRequest with every problem of the request; Numerical at the first NaN.</exception>
    public GeneratedPicture TextToImage(TextToImageRequest request, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default) =>
        Generate(request, progress, cancellation: cancellation).First();

    /// <summary>A picture from a prompt and a picture; see <see cref="TextToImage"/>.</summary>
    public GeneratedPicture ImageToImage(ImageToImageRequest request, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default) =>
        Generate(request, progress, cancellation: cancellation).First();

    /// <summary>A picture with its masked part made anew; see <see cref="TextToImage"/>.</summary>
    public GeneratedPicture Inpaint(InpaintRequest request, IProgress<SamplingStep>? progress = null, CancellationToken cancellation = default) =>
        Generate(request, progress, cancellation: cancellation).First();

    /// <summary>
    /// The pictures of a request, each made when it is asked for. Picture k has seed + k and is, byte for byte, the picture made alone with that seed.
    /// </summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="progress">Told after every evaluation of the network.</param>
    /// <param name="warn">Told of what a person should know although the work goes on, such as a truncated prompt.</param>
    /// <param name="cancellation">Stops within a step; pictures already given stay good.</param>
    /// <exception cref="DarkroomException">At once: InvalidRequest with every problem of the request. Later: Numerical at the first NaN.</exception>
    public IEnumerable<GeneratedPicture> Generate(
        GenerationRequest request, IProgress<SamplingStep>? progress = null, Action<Problem>? warn = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var plan = GenerationPlan.Make(request, _model);
        return Pictures(plan, progress, warn ?? (_ => { }), cancellation);
    }

    /// <summary>Gives back the networks and closes the files, after the generation that is under way.</summary>
    public void Dispose()
    {
        lock (_turn)
        {
            _disposed = true;
            _model.Dispose();
        }
    }

    /// <summary>A picture after the first stage, encoded and decoded: [1, 3, H, W] in [-1, 1], H and W multiples of 8. The caller owns the result.</summary>
    internal Tensor Reconstruct(Tensor pixels) => Locked(() =>
    {
        using var guard = no_grad();
        return _model.Reconstruct(pixels);
    });

    private IEnumerable<GeneratedPicture> Pictures(
        GenerationPlan plan, IProgress<SamplingStep>? progress, Action<Problem> warn, CancellationToken cancellation)
    {
        using var conditioning = Locked(() => plan.EncodePrompts(_model, warn));
        for (int k = 0; k < plan.Request.Batch; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            int index = k;
            yield return Locked(() => MakePicture(plan, conditioning, index, progress, cancellation));
        }
    }

    private GeneratedPicture MakePicture(
        GenerationPlan plan, PromptConditioning conditioning, int index, IProgress<SamplingStep>? progress, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var mode = inference_mode();
        var noise = plan.NoiseOf(index);
        var sampler = plan.SamplerOf(index);
        var start = plan.Start(_model, sampler.Plan, noise, index);
        var denoiser = new GuidedDenoiser(_model.CallUnet, _model.Predicts, conditioning, plan.Guidance(start.Plan.Evaluations), start.ExtraChannels);
        var watch = new StepWatch(plan.Request, index, _model.Precision, progress, cancellation);

        var latents = sampler.Sampler.Sample(denoiser, start.X, start.Plan, noise, (in SamplerState state) =>
        {
            watch.Evaluated(state);
            return start.PutBackKnown(state);
        });
        var pixels = _model.Decode(latents, cancellation);
        FiniteCheck.Throw(pixels, "autoencoder, decoding", _model.Precision);
        return plan.Finish(PictureTensors.ToPicture(pixels), latents, index, _model);
    }

    private T Locked<T>(Func<T> work)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return work();
        }
    }
}
