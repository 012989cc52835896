using System.Security.Cryptography;

namespace Darkroom.Checkpoints;

/// <summary>Writes a folder that appears whole or not at all: beside its place first, then renamed.</summary>
internal static class NewFolder
{
    /// <summary>Writes a folder.</summary>
    /// <param name="path">It must not exist.</param>
    /// <param name="write">Given the folder to write into, which does not exist yet.</param>
    /// <exception cref="DarkroomException">OutputFailed: it exists, the disk is full, no permission. Also what <paramref name="write"/> throws.</exception>
    public static void Write(string path, Action<string> write)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.Exists(target)) throw new DarkroomException(ErrorKind.OutputFailed, "It exists already.", path, "Choose another name, or remove it.");
        string parent = Path.GetDirectoryName(target) ?? throw new DarkroomException(ErrorKind.OutputFailed, "This is the root of a disk.", path);
        string temporary = Path.Combine(parent, $".darkroom-{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        try
        {
            write(temporary);
            Directory.Move(temporary, target);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DarkroomException(ErrorKind.OutputFailed, $"It could not be written: {error.Message}", path, inner: error);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }
}
