using static TorchSharp.torch;

namespace Darkroom.Evaluation.Features;

/// <summary>How pictures are brought to 299 x 299 for Inception: figures depend on it, so they are comparable only if it is the same.</summary>
public enum InceptionResizing
{
    /// <summary>Bilinear about the centres of the pixels, without smoothing, then 2 (p / 255) - 1: mseitzer/pytorch-fid.</summary>
    PytorchFid,

    /// <summary>Bilinear about the corners of the pixels, as TensorFlow 1 did it, then (p - 128) / 128: toshas/torch-fidelity.</summary>
    TorchFidelity,
}

/// <summary>The two resizings.</summary>
internal static class InceptionResizings
{
    /// <summary>[B, 3, edge, edge] as Inception takes it; belongs to the caller's dispose scope.</summary>
    /// <param name="resizing">Which.</param>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1].</param>
    /// <param name="edge">Width and height of the result.</param>
    public static Tensor Apply(InceptionResizing resizing, Tensor pictures, int edge)
    {
        using var scope = NewDisposeScope();
        var resized = resizing == InceptionResizing.PytorchFid
            ? nn.functional.interpolate(pictures, [edge, edge], mode: InterpolationMode.Bilinear, align_corners: false)
            : (Along(Along((pictures + 1) * 127.5, 2, edge), 3, edge) - 128) / 128;
        return resized.MoveToOuterDisposeScope();
    }

    /// <summary>Linear along one dimension: output i lies at i in / out, between the inputs below and above it.</summary>
    private static Tensor Along(Tensor x, int dimension, int edge)
    {
        long size = x.shape[dimension];
        var at = arange(edge, ScalarType.Float32, x.device) * ((float)size / edge);
        var below = at.floor().to(ScalarType.Int64);
        var above = (below + 1).clamp(max: size - 1);
        long[] shape = [1, 1, 1, 1];
        shape[dimension] = edge;
        var weight = (at - below).reshape(shape);
        var lower = x.index_select(dimension, below);
        return lower + (x.index_select(dimension, above) - lower) * weight;
    }
}
