using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Darkroom.Runtime;

/// <summary>Writes a file so that its final name never shows a part of it, whatever happens on the way.</summary>
/// <remarks>
/// The bytes go to a file of unique name in the same folder, are flushed to the disk, and the file is then renamed. A process that is killed
/// leaves at most a file named <c>.darkroom-*.tmp</c>; a failed write leaves nothing. Two processes may write into one folder: without
/// <c>overwrite</c> the final name is claimed in one step of the file system, so neither can lose the other's file.
/// </remarks>
public static class AtomicFile
{
    /// <summary>Writes a file in one piece; missing folders on the way to it are made.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="overwrite">Whether a file of that name is replaced; false refuses, also if it appears while this one is written.</param>
    /// <param name="write">Writes the content to a seekable stream that this method owns. What it throws other than I/O errors passes through.</param>
    /// <exception cref="DarkroomException">OutputFailed: it exists already, the disk is full, no permission, no such folder.</exception>
    public static void Write(string path, bool overwrite, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string target = FullPath(path);
        if (!overwrite && Path.Exists(target)) throw Exists(path);
        if (Directory.Exists(target)) throw Failed(path, "A folder of this name exists.", "Name a file.", null);
        Produce(path, target, write, temporary =>
        {
            if (overwrite) File.Move(temporary, FollowLinks(target), overwrite: true);
            else if (!TryPublish(temporary, target)) throw Exists(path);
        });
    }

    /// <summary>
    /// Writes a file under the first free name of <c>name.ext, name-1.ext, name-2.ext, ...</c>; no file that exists is touched, also if
    /// several processes do this at once.
    /// </summary>
    /// <param name="path">The name to begin with.</param>
    /// <param name="write">Writes the content to a seekable stream that this method owns.</param>
    /// <returns>The full path of the file written.</returns>
    /// <exception cref="DarkroomException">OutputFailed, as for <see cref="Write"/>.</exception>
    public static string WriteNextFree(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string target = FullPath(path);
        string? published = null;
        Produce(path, target, write, temporary =>
            published = FileNames.Candidates(target).First(name => !Path.Exists(name) && TryPublish(temporary, name)));
        return published!;
    }

    private static void Produce(string path, string target, Action<Stream> write, Action<string> publish)
    {
        string folder = Path.GetDirectoryName(target)!;
        string temporary = Path.Combine(folder, $".darkroom-{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp");
        try
        {
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            publish(temporary);
        }
        catch (IOException error) when (IsDiskFull(error))
        {
            throw Failed(path, "The disk is full.", "Make room or write elsewhere.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, $"It could not be written: {error.Message}", null, error);
        }
        finally
        {
            Discard(temporary);
        }
    }

    private static string FullPath(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string target = Path.GetFullPath(path);
        return Path.GetFileName(target).Length > 0 ? target : throw Failed(path, "This names a folder.", "Name a file.", null);
    }

    private static string FollowLinks(string target) =>
        File.Exists(target) && File.ResolveLinkTarget(target, returnFinalTarget: true) is { } final ? final.FullName : target;

    /// <summary>Gives the file its final name in one step that fails if the name is taken.</summary>
    private static bool TryPublish(string temporary, string target)
    {
        if (OperatingSystem.IsWindows())
        {
            // MoveFileEx without MOVEFILE_REPLACE_EXISTING; File.Move of other systems looks first and renames then, which is a race.
            try
            {
                File.Move(temporary, target);
                return true;
            }
            catch (IOException) when (Path.Exists(target))
            {
                return false;
            }
        }
        if (Link(temporary, target) == 0) return true;
        if (Path.Exists(target)) return false;

        // A file system without hard links: an empty file claims the name, and is then replaced.
        try
        {
            new FileStream(target, FileMode.CreateNew, FileAccess.Write).Dispose();
        }
        catch (IOException) when (Path.Exists(target))
        {
            return false;
        }
        File.Move(temporary, target, overwrite: true);
        return true;
    }

    private static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that brought us here matters more than a left-over file whose name says what it is.
        }
    }

    private static bool IsDiskFull(IOException error) => OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 0x70 or 0x27 // ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL
        : error.HResult is 28 or 122 or 69; // ENOSPC; EDQUOT of Linux and of macOS

    private static DarkroomException Exists(string path) =>
        Failed(path, "The file exists already.", "Choose another name, or allow overwriting.", null);

    private static DarkroomException Failed(string path, string what, string? remedy, Exception? inner) =>
        new(ErrorKind.OutputFailed, what, path, remedy, inner);

#pragma warning disable CA2101 // The marshalling is stated: paths are UTF-8 on these systems.
    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
#pragma warning restore CA2101
}
