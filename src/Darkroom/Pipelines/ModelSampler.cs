namespace Darkroom.Pipelines;

/// <summary>Draws pictures of a model without guidance, whatever kind of model it is.</summary>
public sealed class ModelSampler : IDisposable
{
    private readonly StableDiffusion _model;

    private ModelSampler(StableDiffusion model) => _model = model;

    /// <summary>What was loaded.</summary>
    public string Name => _model.Name;

    /// <summary>Loads a model.</summary>
    /// <param name="path">A text-to-image model: a folder or file.</param>
    /// <param name="options">Precision and the like; null for the defaults.</param>
    /// <exception cref="DarkroomException">NotFound, BadFile or ModelMismatch, with every problem that was found.</exception>
    public static ModelSampler Load(string path, LoadOptions? options = null) => new(StableDiffusion.Load(path, options));

    /// <summary>The pictures, each made when it is asked for.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="progress">Told after every evaluation of the network.</param>
    /// <param name="warn">Told of what a person should know although the work goes on.</param>
    /// <param name="cancellation">Stops within a step; pictures already given stay good.</param>
    /// <exception cref="DarkroomException">As of <see cref="StableDiffusion.Generate"/>.</exception>
    public IEnumerable<SampledPicture> Sample(
        SampleRequest request, IProgress<SamplingStep>? progress = null, Action<Problem>? warn = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var unguided = new TextToImageRequest(request.Prompt)
        {
            Guidance = 1,
            Batch = request.Count,
            Seed = request.Seed,
            Sampler = request.Sampler,
            Schedule = request.Schedule,
            Steps = request.Steps,
            Eta = request.Eta,
            Upscale = request.Upscale,
        };
        return _model.Generate(unguided, progress, warn, cancellation).Select(made => new SampledPicture(made.Picture, made.Seed, made.Parameters));
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
