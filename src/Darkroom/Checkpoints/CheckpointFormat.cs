using System.Buffers;
using System.Text;
using Darkroom.Checkpoints.Pickles;

namespace Darkroom.Checkpoints;

/// <summary>Recognises by their first bytes the files that are given in place of a checkpoint.</summary>
internal static class CheckpointFormat
{
    /// <summary>Control characters that no text has.</summary>
    private static readonly SearchValues<byte> Binary = SearchValues.Create([.. Enumerable.Range(0, 32).Except([9, 10, 12, 13])
        .Append(127).Select(b => (byte)b)]);

    /// <summary>Refuses a file that is text, with a sentence that says which kind.</summary>
    /// <exception cref="DarkroomException">BadFile: a Git LFS pointer, a web page, or other text.</exception>
    public static void RefuseText(string path)
    {
        using var file = OpenFile(path);
        var start = new byte[256];
        int count = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        string text = Encoding.Latin1.GetString(start, 0, count).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            throw new DarkroomException(ErrorKind.BadFile, "This is a Git LFS pointer, not the file it stands for.", path,
                "Run 'git lfs pull' in its repository, or download the file itself.");
        }
        if (text.StartsWith("<!doctype", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            throw new DarkroomException(ErrorKind.BadFile, "This is a web page (HTML), not a checkpoint.", path,
                "The download probably needed a login; download the file itself.");
        }
        if (count > 0 && !start.AsSpan(0, count).ContainsAny(Binary))
        {
            throw new DarkroomException(ErrorKind.BadFile, "This is text, not a checkpoint.", path,
                "Name a .safetensors, .ckpt, .pt or .bin file, or a model folder.");
        }
    }

    /// <summary>Opens a safetensors file or a checkpoint of torch.save, whichever its first bytes say it is.</summary>
    /// <exception cref="DarkroomException">NotFound; BadFile: damaged, hostile or neither.</exception>
    public static ITensorSource OpenTensors(string path)
    {
        var start = new byte[16];
        using (var file = OpenFile(path)) file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        // A pickle starts with 0x80 and its protocol; as the low bytes of a header length they would be followed by '{' at byte 8.
        bool pickle = start[0] == 0x80 && start[1] is >= 2 and <= 5 && start[8] != (byte)'{';
        bool named = Path.GetExtension(path).ToUpperInvariant() is ".CKPT" or ".PT" or ".PTH" or ".BIN";
        bool torch = ZipDirectory.IsZip(start) || pickle || (named && start[8] != (byte)'{');
        return torch ? TorchFile.Open(path) : SafetensorsFile.Open(path);
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DarkroomException">NotFound: no such file, or a folder; BadFile: it cannot be read.</exception>
    public static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DarkroomException(ErrorKind.NotFound, "There is no such file.", path, inner: error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Directory.Exists(path)
                ? new DarkroomException(ErrorKind.NotFound, "This is a folder; a file is expected.", path, inner: error)
                : new DarkroomException(ErrorKind.BadFile, $"The file could not be read: {error.Message}", path, inner: error);
        }
    }
}
