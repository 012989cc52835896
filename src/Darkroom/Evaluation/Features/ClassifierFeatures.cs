using Darkroom.Pipelines;
using Darkroom.Pipelines.Pixels;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Features;

/// <summary>The features of a classifier that <c>darkroom train classifier</c> made, of clean pictures: for measuring without Inception.</summary>
public sealed class ClassifierFeatures : IFeatureExtractor
{
    private readonly PixelClassifier _classifier;

    private ClassifierFeatures(PixelClassifier classifier, string name) => (_classifier, Name) = (classifier, name);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Names of its classes; may be empty.</summary>
    internal IReadOnlyList<string> Classes => _classifier.Classes;

    /// <summary>Opens a classifier's folder.</summary>
    /// <exception cref="DarkroomException">As of <see cref="PixelClassifier.Load"/>.</exception>
    public static ClassifierFeatures Load(string path) =>
        new(PixelClassifier.Load(path, new LoadOptions { Precision = Runtime.Precision.Float32 }), $"classifier {Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}");

    /// <inheritdoc/>
    public PictureFeatures Extract(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var time = zeros(pictures.shape[0]);
        var features = _classifier.Network.Features(pictures, time);
        return new(features.MoveToOuterDisposeScope(), _classifier.Network.Predict(pictures, time).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose() => _classifier.Dispose();
}
