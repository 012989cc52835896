using Darkroom.Runtime;

namespace Darkroom.Pipelines;

/// <summary>Where the model is that comes with Darkroom.</summary>
internal static class EmbeddedModel
{
    private const string Place = "models/scenes";

    /// <summary>Its folder, or null where it isn't.</summary>
    /// <param name="start">The folder of the program; null takes that of this one.</param>
    public static string? Find(string? start = null) => ShippedFolder.Find(Place, "model_index.json", start);

    /// <summary>Its folder.</summary>
    /// <exception cref="DarkroomException">NotFound: it isn't there, with what to do.</exception>
    public static string Locate() => Find() ?? throw new DarkroomException(ErrorKind.NotFound, "The embedded model is not there.",
        Path.Combine(AppContext.BaseDirectory, Place),
        "The build copies it, unless DarkroomEmbeddedModel=false; it may also be copied by hand, from the folder models of Darkroom's repository. Or name another model.");
}
