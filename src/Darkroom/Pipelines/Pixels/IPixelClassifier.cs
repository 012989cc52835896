using static TorchSharp.torch;

namespace Darkroom.Pipelines.Pixels;

/// <summary>A classifier of noised pictures, as classifier guidance needs it.</summary>
public interface IPixelClassifier
{
    /// <summary>How many classes it tells apart.</summary>
    int ClassCount { get; }

    /// <summary>Width and height of the pictures that it takes; null where any will do.</summary>
    int? Edge { get; }

    /// <summary>grad_x log p(y | x_t).</summary>
    /// <param name="x">[B, 3, H, W], variance preserving: sqrt(AlphaBar) x_0 + sqrt(1 - AlphaBar) eps.</param>
    /// <param name="time">What the network's embedding gets.</param>
    /// <param name="labels">[B], int64.</param>
    /// <returns>As x; it belongs to the caller's dispose scope.</returns>
    Tensor Gradient(Tensor x, double time, Tensor labels);
}
