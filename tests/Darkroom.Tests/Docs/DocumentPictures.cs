using System.Text.RegularExpressions;
using Darkroom.Imaging;

namespace Darkroom.Tests.Docs;

/// <summary>Pictures that a document shows and that its commands make, under the same name: they must look alike.</summary>
/// <remarks>Fonts and the last bits of arithmetic differ between machines, so pictures are compared after averaging squares of 4 x 4 pixels.</remarks>
public static partial class DocumentPictures
{
    /// <summary>Mean difference of the averaged pixels, of 255; pictures of different pages are more than twice as far apart.</summary>
    private const double Tolerance = 2.5;
    private const int Square = 4;

    /// <summary>Compares; with DARKROOM_WRITE_DOCS=1 it takes the new pictures over instead.</summary>
    /// <param name="document">The Markdown file.</param>
    /// <param name="work">The folder in which its commands ran; links in it show the repository and are not followed.</param>
    public static void Check(string document, string work)
    {
        foreach (string shown in Shown(document))
        {
            if (Made(work, Path.GetFileName(shown)) is not { } made) continue;
            if (Environment.GetEnvironmentVariable("DARKROOM_WRITE_DOCS") == "1") File.Copy(made, shown, overwrite: true);
            double distance = Distance(Picture.Load(shown), Picture.Load(made));
            Assert.True(distance <= Tolerance, $"{shown} is not what the commands of {document} make (distance {distance:0.00}). Make it anew with\n" +
                "  DARKROOM_WRITE_DOCS=1 dotnet test -c Release -- --filter-class \"*DocumentTests\"\nlook at it, and commit it.");
        }
    }

    /// <summary>The pictures that a document shows, as files.</summary>
    public static IReadOnlyList<string> Shown(string document) =>
        [.. Image().Matches(File.ReadAllText(document)).Select(m => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, m.Groups[1].Value)))];

    /// <summary>Mean difference of averaged pixels; infinite for pictures of different sizes.</summary>
    public static double Distance(Picture first, Picture second)
    {
        if ((first.Width, first.Height) != (second.Width, second.Height)) return double.PositiveInfinity;
        var (a, b) = (Averaged(first), Averaged(second));
        double sum = 0;
        for (int i = 0; i < a.Pixels.Length; i++) sum += Math.Abs(a.Pixels[i] - b.Pixels[i]);
        return sum / a.Pixels.Length;
    }

    private static Picture Averaged(Picture picture) =>
        picture.Convert(PixelFormat.Rgb).Resize(Math.Max(1, picture.Width / Square), Math.Max(1, picture.Height / Square), Resampling.Box);

    private static string? Made(string work, string name) =>
        new[] { new DirectoryInfo(work) }.Concat(new DirectoryInfo(work).EnumerateDirectories().Where(d => d.LinkTarget is null))
            .Select(folder => Path.Combine(folder.FullName, name)).FirstOrDefault(File.Exists);

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)\s]+\.png)\)")]
    private static partial Regex Image();
}
