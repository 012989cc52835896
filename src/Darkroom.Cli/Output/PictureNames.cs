using Darkroom.Imaging;
using Darkroom.Runtime;

namespace Darkroom.Cli.Output;

/// <summary>What the pictures of one command are called: as the user says, or after the prompt.</summary>
internal sealed class PictureNames
{
    private const int LongestName = 48;
    private readonly string _path;
    private readonly int _batch;

    private PictureNames(string path, int batch, bool isFree)
    {
        _path = path;
        _batch = batch;
        MayTakeNextFree = isFree;
    }

    /// <summary>Whether the name is ours to choose, so that a free one like it is taken where it exists.</summary>
    public bool MayTakeNextFree { get; }

    /// <summary>Decides on the names, and refuses those that cannot be written before any work is done.</summary>
    /// <param name="output">What the user said: a file, a folder or nothing.</param>
    /// <param name="prompt">The text to name pictures after.</param>
    /// <param name="batch">How many there will be.</param>
    /// <param name="overwrite">Whether files that exist may be replaced.</param>
    /// <exception cref="DarkroomException">OutputFailed for files that exist; InvalidRequest for a kind of picture that is not written.</exception>
    public static PictureNames Choose(string? output, string prompt, int batch, bool overwrite)
    {
        if (output is null || Path.EndsInDirectorySeparator(output) || Directory.Exists(output))
            return new PictureNames(Path.Combine(output ?? "", After(prompt) + ".png"), batch, isFree: true);
        PictureFile.FormatOf(output);
        var names = new PictureNames(output, batch, isFree: false);
        if (!overwrite)
        {
            var existing = Enumerable.Range(0, batch).Select(names.Of).Where(Path.Exists)
                .Select(f => new Problem("The file exists already.", f, "Name another one, or say --overwrite.")).ToList();
            if (existing.Count > 0) throw new DarkroomException(ErrorKind.OutputFailed, existing);
        }
        return names;
    }

    /// <summary>The file of picture <paramref name="index"/>: FILE.png alone, FILE-0.png, FILE-1.png, ... of several.</summary>
    public string Of(int index) => _batch == 1 ? _path : FileNames.Numbered(_path, index);

    /// <summary>The first words of a prompt as a file name: "a-red-apple"; "picture" where nothing is left of it.</summary>
    private static string After(string prompt)
    {
        string name = string.Concat(prompt.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' '));
        var words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string joined = "";
        foreach (string word in words)
        {
            if (joined.Length + word.Length > LongestName) break;
            joined += (joined.Length > 0 ? "-" : "") + word;
        }
        return joined.Length > 0 ? joined : "picture";
    }
}
