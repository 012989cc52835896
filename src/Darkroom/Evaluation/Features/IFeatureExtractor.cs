using static TorchSharp.torch;

namespace Darkroom.Evaluation.Features;

/// <summary>What a network sees in a batch of pictures. The tensors belong to the caller's dispose scope.</summary>
/// <param name="Features">[B, D], float32: for distances between sets.</param>
/// <param name="Logits">[B, K], float32: class scores before the softmax, for the Inception score; null where the network has no classes.</param>
public readonly record struct PictureFeatures(Tensor Features, Tensor? Logits);

/// <summary>A network that turns pictures into features to measure with. Figures of different extractors cannot be compared.</summary>
public interface IFeatureExtractor : IDisposable
{
    /// <summary>What reports call it.</summary>
    string Name { get; }

    /// <summary>Features of a batch.</summary>
    /// <param name="pictures">[B, 3, H, W], float32 in [-1, 1], of any size; not disposed.</param>
    PictureFeatures Extract(Tensor pictures);
}
