using System.Globalization;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Plane;

/// <summary>D = sqrt(2 E|X - Y| - E|X - X'| - E|Y - Y'|): 0 for equal distributions, and it sees their shape and not only their moments.</summary>
/// <remarks>Szekely and Rizzo 2013, "Energy statistics". Means within a set leave out a point's distance to itself, so that the square is unbiased; it is cut at 0.</remarks>
internal static class EnergyDistance
{
    /// <summary>About what two sets of 2000 points of one distribution are apart: sqrt(E|X - X'| / 2000) for data of unit variance.</summary>
    public const double Noise = 0.03;

    /// <summary>For a title; what is within the noise is not told apart.</summary>
    public static string Describe(double distance) =>
        distance < Noise ? string.Create(CultureInfo.InvariantCulture, $"< {Noise}") : distance.ToString("0.000", CultureInfo.InvariantCulture);

    public static double Between(PlanePoints first, PlanePoints second)
    {
        using var scope = NewDisposeScope();
        Tensor x = first.ToTensor(), y = second.ToTensor();
        double squared = 2 * cdist(x, y).mean().item<double>() - Within(x) - Within(y);
        return Math.Sqrt(Math.Max(0, squared));
    }

    private static double Within(Tensor points) => cdist(points, points).sum().item<double>() / (points.shape[0] * (points.shape[0] - 1.0));
}
