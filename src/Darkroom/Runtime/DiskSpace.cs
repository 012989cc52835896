namespace Darkroom.Runtime;

/// <summary>The room on the disk of a folder.</summary>
/// <param name="Purpose">What the folder is for.</param>
/// <param name="Folder">Its full path.</param>
/// <param name="FreeBytes">What this user may still write; null where the system does not say.</param>
/// <param name="Writable">Whether a file can be made there.</param>
internal sealed record DiskSpace(string Purpose, string Folder, long? FreeBytes, bool Writable)
{
    /// <summary>Looks at a folder; nothing stays behind in it.</summary>
    public static DiskSpace Of(string purpose, string folder)
    {
        folder = Path.GetFullPath(folder);
        long? free;
        try
        {
            free = new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            free = null;
        }
        return new DiskSpace(purpose, folder, free, CanWrite(folder));
    }

    /// <summary>Adds what is wrong with it to a list.</summary>
    public void Complain(long least, List<Problem> problems)
    {
        if (!Writable) problems.Add(new Problem($"The folder for {Purpose} cannot be written to.", Folder, "Check that it exists and its permissions, or work in another folder."));
        else if (FreeBytes < least) problems.Add(new Problem($"Only {Doctor.Gigabytes(FreeBytes.Value)} are free on the disk for {Purpose}.", Folder, "Free some space, or work on another disk."));
    }

    private static bool CanWrite(string folder)
    {
        try
        {
            using var file = new FileStream(Path.Combine(folder, $".darkroom-{Guid.NewGuid():N}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
