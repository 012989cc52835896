using Darkroom.Checkpoints;
using Darkroom.Networks.Classifiers;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>A classifier of noised pictures that was trained by <c>darkroom train classifier</c> or comes from OpenAI's layout.</summary>
public sealed class PixelClassifier : IPixelClassifier, IDisposable
{
    private readonly EncoderUnet _network;

    /// <summary>A classifier of a network, which becomes this object's.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="classes">Their names; as many as the network has, or none.</param>
    public PixelClassifier(EncoderUnet network, IReadOnlyList<string> classes) => (_network, Classes) = (network, classes);

    /// <summary>Names of the classes; may be empty.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The network.</summary>
    public EncoderUnet Network => _network;

    /// <inheritdoc/>
    public int ClassCount => _network.Config.Classes;

    /// <inheritdoc/>
    public int? Edge => _network.Config.ImageSize;

    /// <summary>Opens a classifier: a folder with config.json and diffusion_pytorch_model.safetensors, or a model's folder with <c>classifier/</c> in it.</summary>
    /// <exception cref="DarkroomException">NotFound, BadFile, ModelMismatch.</exception>
    public static PixelClassifier Load(string path, LoadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        NativeTorch.Load();
        string folder = File.Exists(Path.Combine(path, "config.json")) ? path : Path.Combine(path, "classifier");
        var json = JsonFile.ReadIfThere(Path.Combine(folder, "config.json"))
            ?? throw new DarkroomException(ErrorKind.NotFound, "There is no classifier here (config.json is missing).", path, "Train one with darkroom train classifier.");
        var dtype = (options ?? new LoadOptions { Precision = Precision.Float32 }).Precision.Resolve().ToScalarType();
        var network = new EncoderUnet(EncoderUnetConfig.FromJson(json), dtype, META);
        try
        {
            using var weights = SafetensorsFile.Open(Path.Combine(folder, "diffusion_pytorch_model.safetensors"));
            ModuleLoader.Load(network, weights, new ModuleLoadOptions { Dtype = dtype, ChannelsLast = true, Component = "classifier" });
            network.eval();
            return new PixelClassifier(network, ClassNames.Read(json, network.Config.Classes));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Gradient(Tensor x, double time, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return LogProbability(_network, x, full([x.shape[0]], time, ScalarType.Float32), labels).Gradient.MoveToOuterDisposeScope();
    }

    /// <summary>Probabilities of all classes.</summary>
    /// <param name="x">[B, 3, H, W] at noise level <paramref name="time"/>.</param>
    /// <param name="time">What the network's embedding gets; 0 for clean pictures.</param>
    /// <returns>[B, classes]; it belongs to the caller's dispose scope.</returns>
    public Tensor Probabilities(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return nn.functional.softmax(_network.Predict(x, full([x.shape[0]], time, ScalarType.Float32)), dim: 1).MoveToOuterDisposeScope();
    }

    /// <summary>log p(y | x) and its gradient with respect to x, also where gradients are switched off around it.</summary>
    internal static (Tensor LogProbability, Tensor Gradient) LogProbability(EncoderUnet network, Tensor x, Tensor time, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var guard = enable_grad();
        var input = x.detach().clone().requires_grad_(true);
        var log = nn.functional.log_softmax(network.Predict(input, time), dim: 1).gather(1, labels.to(ScalarType.Int64).unsqueeze(1)).squeeze(1);
        var gradient = autograd.grad([log.sum()], [input])[0];
        return (log.detach().MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => _network.Dispose();
}
