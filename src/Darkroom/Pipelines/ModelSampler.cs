using Darkroom.Checkpoints;
using Darkroom.Pipelines.Pixels;

namespace Darkroom.Pipelines;

/// <summary>Draws pictures that a model makes by itself, whatever kind of model it is: text-to-image, or of pixels with classes or without.</summary>
public abstract class ModelSampler : IDisposable
{
    private protected ModelSampler()
    {
    }

    /// <summary>What was loaded.</summary>
    public abstract string Name { get; }

    /// <summary>Loads a model; its kind is told from its networks.</summary>
    /// <param name="path">A folder or file.</param>
    /// <param name="options">Precision and the like; null for the defaults.</param>
    /// <exception cref="DarkroomException">NotFound, BadFile or ModelMismatch, with every problem that was found.</exception>
    public static ModelSampler Load(string path, LoadOptions? options = null)
    {
        using (var checkpoint = Checkpoint.Open(path, new CheckpointOptions { ConfigFolder = options?.ConfigFolder }))
        {
            bool worksOnPixels = !checkpoint.Components.ContainsKey("vae") && checkpoint.Components.TryGetValue("unet", out var unet)
                && unet.Config.Text("_class_name") == "UNet2DModel";
            if (worksOnPixels) return new PixelModelSampler(PixelDiffusion.Load(path, options), path, options);
        }
        return new TextModelSampler(StableDiffusion.Load(path, options));
    }

    /// <summary>The pictures, each made when it is asked for or with a few others.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="progress">Told after every evaluation of the network.</param>
    /// <param name="warn">Told of what a person should know although the work goes on.</param>
    /// <param name="cancellation">Stops within a step; pictures already given stay good.</param>
    /// <exception cref="DarkroomException">InvalidRequest with every problem of the request; Numerical at the first NaN.</exception>
    public abstract IEnumerable<SampledPicture> Sample(
        SampleRequest request, IProgress<SamplingStep>? progress = null, Action<Problem>? warn = null, CancellationToken cancellation = default);

    /// <inheritdoc/>
    public abstract void Dispose();
}
