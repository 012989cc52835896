namespace Darkroom.Runtime;

/// <summary>Names for outputs that come in several or that must not clash.</summary>
public static class FileNames
{
    /// <summary>The name of item <paramref name="index"/> of several: <c>apple.png</c> becomes <c>apple-0.png</c>, <c>apple-1.png</c>, ...</summary>
    public static string Numbered(string path, int index)
    {
        string name = $"{Path.GetFileNameWithoutExtension(path)}-{index}{Path.GetExtension(path)}";
        return Path.GetDirectoryName(path) is { Length: > 0 } folder ? Path.Combine(folder, name) : name;
    }

    /// <summary>
    /// The first of <c>apple.png, apple-1.png, apple-2.png, ...</c> that does not exist now. Another process may take it before it is used: to
    /// write without that race call <see cref="AtomicFile.WriteNextFree"/>.
    /// </summary>
    public static string NextFree(string path) => Candidates(path).First(name => !Path.Exists(name));

    internal static IEnumerable<string> Candidates(string path)
    {
        yield return path;
        for (int number = 1; ; number++) yield return Numbered(path, number);
    }
}
