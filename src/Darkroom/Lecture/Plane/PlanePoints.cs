using static TorchSharp.torch;

namespace Darkroom.Lecture.Plane;

/// <summary>Points of the plane on the host, to be drawn.</summary>
/// <param name="X">Across.</param>
/// <param name="Y">Up.</param>
internal sealed record PlanePoints(double[] X, double[] Y)
{
    /// <summary>How many.</summary>
    public int Count => X.Length;

    /// <summary>From [N, 2]; not disposed.</summary>
    public static PlanePoints Of(Tensor points)
    {
        using var scope = NewDisposeScope();
        var host = points.detach().cpu().to(ScalarType.Float64);
        return new(Column(0), Column(1));

        double[] Column(int index) => host.select(1, index).contiguous().data<double>().ToArray();
    }

    /// <summary>[N, 2] in float64; the caller owns it.</summary>
    public Tensor ToTensor() => stack([tensor(X), tensor(Y)], 1);
}
