using System.Globalization;
using Darkroom.Imaging;
using Darkroom.Lecture.Figures;

namespace Darkroom.Lecture;

/// <summary>A page of the lecture: what it is about, and the picture that it makes. The words are in docs/lecture.</summary>
/// <param name="number">From 1.</param>
/// <param name="name">What the command line calls it.</param>
/// <param name="summary">What the picture shows, as a sentence.</param>
internal abstract class LecturePage(int number, string name, string summary)
{
    /// <summary>Every page, in order.</summary>
    public static IReadOnlyList<LecturePage> All { get; } =
    [
        new Pages.ForwardProcessPage(), new Pages.SchedulesPage(), new Pages.ReverseProcessPage(), new Pages.ObjectivesPage(), new Pages.DdimPage(),
        new Pages.EtaPage(), new Pages.ScoreFieldPage(), new Pages.GuidancePage(), new Pages.LatentPage(), new Pages.LikelihoodPage(),
    ];

    /// <summary>Its place, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>What the command line calls it.</summary>
    public string Name { get; } = name;

    /// <summary>What the picture shows.</summary>
    public string Summary { get; } = summary;

    /// <summary>The name of the page and of its picture, without an extension, such as <c>01-forward-process</c>.</summary>
    public string FileName => string.Create(CultureInfo.InvariantCulture, $"{Number:00}-{Name}");

    /// <summary>Computes and draws the picture; the same at every call.</summary>
    public abstract Picture Draw();

    /// <summary>Writes the picture into a folder.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="DarkroomException">OutputFailed.</exception>
    public string Write(string folder)
    {
        string path = Path.Combine(folder, FileName + ".png");
        FigureFile.Save(Draw(), path);
        return path;
    }
}
