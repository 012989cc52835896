using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Plane;

/// <summary>Data in the plane whose density, score and denoiser are known exactly: curves are strings of narrow Gaussians. About mean 0 and variance 1.</summary>
internal sealed class PlaneData
{
    private const double Width = 0.08;
    private const int AlongMoon = 30, AlongSpiral = 70;

    private PlaneData(string name, IReadOnlyList<(double X, double Y, double Deviation, int Class)> components)
    {
        Name = name;
        ClassCount = components.Max(c => c.Class) + 1;
        All = Mixture(components);
        Classes = [.. Enumerable.Range(0, ClassCount).Select(k => Mixture([.. components.Where(c => c.Class == k)]))];
    }

    /// <summary>The data sets by name.</summary>
    public static IReadOnlyList<string> Names { get; } = ["moons", "mixture", "ring", "spiral"];

    /// <summary>What the command line calls it.</summary>
    public string Name { get; }

    /// <summary>How many classes there are, equally likely.</summary>
    public int ClassCount { get; }

    /// <summary>The data, whatever the class.</summary>
    public GaussianMixture All { get; }

    /// <summary>The data of each class.</summary>
    public IReadOnlyList<GaussianMixture> Classes { get; }

    /// <summary>The data set of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static PlaneData Named(string name) => name switch
    {
        "moons" => new(name, [.. Curve(Moon, 0, AlongMoon), .. Curve(u => (-Moon(u).X, -Moon(u).Y), 1, AlongMoon)]),
        "mixture" => new(name, [.. Enumerable.Range(0, 3).Select(k => (1.15 * Math.Sin(2 * Math.PI * k / 3), 1.15 * Math.Cos(2 * Math.PI * k / 3), 0.5, k))]),
        "ring" => new(name, [.. Enumerable.Range(0, 8).Select(k => (1.4 * Math.Cos(Math.PI * k / 4), 1.4 * Math.Sin(Math.PI * k / 4), 0.12, k))]),
        "spiral" => new(name, [.. Curve(u => Spiral(u, 1), 0, AlongSpiral), .. Curve(u => Spiral(u, -1), 1, AlongSpiral)]),
        _ => throw new DarkroomException(ErrorKind.InvalidRequest, $"There is no data set \"{name}\".", "--data", $"Choose one of {string.Join(", ", Names)}."),
    };

    /// <summary>Samples, the same for the same seed.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="label">The class; null for all.</param>
    public PlanePoints Sample(int count, ulong seed, int? label = null)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed, CPU);
        return PlanePoints.Of((label is { } k ? Classes[k] : All).Sample(count, generator));
    }

    /// <summary>The upper moon; the lower one is it, turned about the origin.</summary>
    private static (double X, double Y) Moon(double u) => (1.3 * Math.Cos(Math.PI * u) - 0.65, 1.5 * Math.Sin(Math.PI * u) - 0.4);

    private static (double X, double Y) Spiral(double u, int side)
    {
        double radius = side * (0.25 + 1.75 * u), angle = 3.3 * Math.PI * Math.Sqrt(u + 0.02);
        return (radius * Math.Cos(angle), radius * Math.Sin(angle));
    }

    private static IEnumerable<(double X, double Y, double Deviation, int Class)> Curve(Func<double, (double X, double Y)> at, int label, int count) =>
        Enumerable.Range(0, count).Select(i => at((i + 0.5) / count)).Select(p => (p.X, p.Y, Width, label));

    private static GaussianMixture Mixture(IReadOnlyList<(double X, double Y, double Deviation, int Class)> components)
    {
        using var means = tensor((double[])[.. components.SelectMany(c => new[] { c.X, c.Y })], [components.Count, 2]);
        return new(means, [.. components.Select(c => c.Deviation)], [.. components.Select(_ => 1.0)]);
    }
}
