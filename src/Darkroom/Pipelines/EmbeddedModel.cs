namespace Darkroom.Pipelines;

/// <summary>Where the model is that comes with Darkroom.</summary>
internal static class EmbeddedModel
{
    private static readonly string Place = Path.Combine("models", "scenes");

    /// <summary>Its folder, or null where it isn't: beside the program (published, or built with the package), else in the repository that the program was built in.</summary>
    public static string? Find() => Find(AppContext.BaseDirectory);

    /// <summary>The same, seen from a program in <paramref name="start"/>.</summary>
    internal static string? Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            string place = Path.Combine(folder.FullName, Place);
            if (File.Exists(Path.Combine(place, "model_index.json"))) return place;
        }
        return null;
    }

    /// <summary>Its folder.</summary>
    /// <exception cref="DarkroomException">NotFound: it isn't there, with what to do.</exception>
    public static string Locate() => Find() ?? throw new DarkroomException(ErrorKind.NotFound, "The embedded model is not there.",
        Path.Combine(AppContext.BaseDirectory, Place),
        "The build copies it, unless DarkroomEmbeddedModel=false; it may also be copied by hand, from the folder models of Darkroom's repository. Or name another model.");
}
