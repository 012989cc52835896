using Darkroom.Checkpoints;
using Darkroom.Networks.Inception;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Features;

/// <summary>The features of published FID figures: Inception-v3 with the weights of pytorch-fid or torch-fidelity, which are the same.</summary>
/// <remarks>
/// The weights are not part of Darkroom. Both programs download a file whose name ends in <c>inception-2015-12-05-6726825d.pth</c>; it is read as data,
/// as is a safetensors file with the same names.
/// </remarks>
public sealed class InceptionFeatures : IFeatureExtractor
{
    private readonly InceptionV3 _network;
    private readonly InceptionResizing _resizing;

    internal InceptionFeatures(InceptionV3 network, InceptionResizing resizing) => (_network, _resizing) = (network, resizing);

    /// <inheritdoc/>
    public string Name => $"inception-v3 ({(_resizing == InceptionResizing.PytorchFid ? "pytorch-fid" : "torch-fidelity")})";

    /// <summary>Loads the weights.</summary>
    /// <param name="path">.pth or .safetensors.</param>
    /// <param name="resizing">Whose resizing.</param>
    /// <exception cref="DarkroomException">NotFound; BadFile; ModelMismatch: another network, such as torchvision's Inception.</exception>
    public static InceptionFeatures Load(string path, InceptionResizing resizing = InceptionResizing.PytorchFid)
    {
        using var stored = CheckpointFormat.OpenTensors(path);
        if (stored.Tensors.TryGetValue("fc.weight", out var head) && head.Shape.SequenceEqual([1000, InceptionV3.FeatureCount]))
        {
            throw new DarkroomException(ErrorKind.ModelMismatch, "These are torchvision's weights, with 1000 classes; the FID is defined by those of 1008.", path,
                "Use the file that pytorch-fid downloads: pt_inception-2015-12-05-6726825d.pth.");
        }
        var network = new InceptionV3(device: META);
        try
        {
            ModuleLoader.Load(network, new WithoutBatchCounts(stored), new() { Dtype = ScalarType.Float32, Component = "inception" });
            network.eval();
            return new(network, resizing);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public PictureFeatures Extract(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var (features, logits) = _network.Forward(InceptionResizings.Apply(_resizing, pictures, InceptionV3.Edge));
        return new(features.MoveToOuterDisposeScope(), logits.MoveToOuterDisposeScope());
    }

    /// <summary>Frees the network.</summary>
    public void Dispose() => _network.Dispose();

    /// <summary>Leaves out num_batches_tracked, a counter of training that PyTorch stores in some files.</summary>
    private sealed class WithoutBatchCounts(ITensorSource stored) : ITensorSource
    {
        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } = stored.Tensors
            .Where(t => !t.Key.EndsWith(".num_batches_tracked", StringComparison.Ordinal)).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);

        public Tensor Read(string name) => stored.Read(name);

        public void Release(string name) => stored.Release(name);

        public void Dispose()
        {
            // The file is closed by the one who opened it.
        }
    }
}
