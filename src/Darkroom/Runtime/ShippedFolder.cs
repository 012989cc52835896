namespace Darkroom.Runtime;

/// <summary>Finds the folders that come with Darkroom: beside the program (published, or built with the package), else in the repository that it was built in.</summary>
internal static class ShippedFolder
{
    /// <summary>The folder, or null where it isn't.</summary>
    /// <param name="place">Where it is seen from the root, such as "models/scenes".</param>
    /// <param name="file">A file that must be in it.</param>
    /// <param name="start">The folder of the program; null takes that of this one.</param>
    public static string? Find(string place, string file, string? start = null)
    {
        for (var folder = new DirectoryInfo(start ?? AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, place.Replace('/', Path.DirectorySeparatorChar));
            if (File.Exists(Path.Combine(path, file))) return path;
        }
        return null;
    }
}
