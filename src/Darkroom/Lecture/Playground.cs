using System.Globalization;
using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;

namespace Darkroom.Lecture;

/// <summary>What to try in the plane.</summary>
internal sealed record PlaygroundOptions
{
    /// <summary>A name of <see cref="PlaneData.Names"/>.</summary>
    public string Data { get; init; } = "moons";

    /// <summary>A name of the sampler registry.</summary>
    public string Sampler { get; init; } = "ddim";

    /// <summary>Steps.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>eta; null for the sampler's own.</summary>
    public double? Eta { get; init; }

    /// <summary>The class to sample, from 0; null for all data.</summary>
    public int? Class { get; init; }

    /// <summary>The guidance scale towards the class.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>Whether the denoiser is a network that is trained first, and not the exact one.</summary>
    public bool Learned { get; init; }

    /// <summary>Decides noise and training.</summary>
    public long Seed { get; init; } = 1;
}

/// <summary>What a try gave.</summary>
/// <param name="Picture">Paths, and samples over the data.</param>
/// <param name="Distance">Energy distance between 2000 samples and as many points of the data (of the class, where there is one).</param>
/// <param name="Evaluations">How often the denoiser was asked.</param>
internal sealed record PlaygroundResult(Picture Picture, double Distance, int Evaluations);

/// <summary>Any sampler on any data of the plane, in seconds.</summary>
internal static class Playground
{
    private const int Count = 2000;
    private const int Paths = 40;
    private const double Reach = 3;

    /// <summary>Samples, measures and draws.</summary>
    /// <exception cref="DarkroomException">InvalidRequest, with every problem that is found before the sampler is asked.</exception>
    public static PlaygroundResult Run(PlaygroundOptions options)
    {
        var data = PlaneData.Named(options.Data);
        Check(options, data);
        using var network = options.Learned ? PlaneNetwork.Train(data, PlaneRun.Schedule, seed: (ulong)options.Seed) : null;
        IDenoiser denoiser = network is not null ? network
            : options.Class is { } label ? new GuidedDenoiser(data.All, data.Classes[label], options.Guidance) : data.All;
        var run = PlaneRun.From(denoiser, new() { Sampler = options.Sampler, Steps = options.Steps, Eta = options.Eta, Count = Count, Seed = options.Seed });
        var target = data.Sample(Count, 1, options.Class);
        double distance = EnergyDistance.Between(run.Samples, target);
        return new(Draw(options, run, target, distance), distance, run.Evaluations);
    }

    private static void Check(PlaygroundOptions options, PlaneData data)
    {
        var problems = new List<Problem>();
        if (options.Class is { } label && (label < 0 || label >= data.ClassCount))
            problems.Add(new($"The data set {data.Name} has the classes 0 to {data.ClassCount - 1}.", "--class"));
        if (options.Class is null && options.Guidance != 1) problems.Add(new("There is no class to be guided to.", "--guidance", "Name one with --class."));
        if (options.Learned && options.Class is not null)
            problems.Add(new("The network that is trained here knows no classes.", "--class", "Leave out --learned: the exact denoiser knows them."));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private static Picture Draw(PlaygroundOptions options, PlaneRun run, PlanePoints target, double distance)
    {
        var paths = new Panel($"{options.Sampler}, {options.Steps} steps: {Paths} paths").Points(target, Inks.Faint, size: 2.5f);
        for (int i = 0; i < Paths; i++)
        {
            var way = run.Way(i);
            paths.Line(way.X, way.Y, Inks.Sky, width: 1);
        }
        paths.Points(First(run.Path[0]), Inks.Orange, "start", 5, 1).Points(First(run.Samples), Inks.Blue, "end", 5, 1).Legend(ScottPlot.Alignment.LowerLeft);
        var samples = new Panel(string.Create(CultureInfo.InvariantCulture, $"{Count} samples: energy distance {EnergyDistance.Describe(distance)}"))
            .Points(target, Inks.Faint, "data", 3).Points(run.Samples, Inks.Blue, "samples", 3).Legend(ScottPlot.Alignment.LowerLeft);
        return new Figure().Row(480, paths.Plane(Reach), samples.Plane(Reach)).Draw();
    }

    private static PlanePoints First(PlanePoints points) => new(points.X[..Paths], points.Y[..Paths]);
}
