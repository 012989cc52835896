using System.Text.RegularExpressions;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Docs;

/// <summary>A fenced block of a Markdown file.</summary>
/// <param name="Language">The first word after the fence.</param>
/// <param name="SkipReason">Why its commands cannot be run here: the text of a fence such as <c>```sh skip="needs the network"</c>.</param>
/// <param name="Line">The number of the fence's line, from 1.</param>
/// <param name="Text">What stands between the fences.</param>
public sealed record MarkdownBlock(string Language, string? SkipReason, int Line, string Text);

/// <summary>A Markdown file and its fenced blocks.</summary>
public sealed partial record MarkdownDocument(string Path, IReadOnlyList<MarkdownBlock> Blocks)
{
    /// <summary>The documents that people read: those of the root, of docs/ and of the package.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Directory.EnumerateFiles(GoldenData.RepositoryRoot, "*.md"),
        .. Folder("docs"),
        .. Folder(System.IO.Path.Combine("src", "Darkroom"), SearchOption.TopDirectoryOnly),
    ];

    public static MarkdownDocument Read(string path) => Parse(path, File.ReadAllText(path));

    public static MarkdownDocument Parse(string path, string text)
    {
        var blocks = new List<MarkdownBlock>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is not { Success: true } fence) continue;
            int end = Array.FindIndex(lines, i + 1, l => l.Trim() == fence.Groups["ticks"].Value);
            if (end < 0) throw new InvalidDataException($"{path}:{i + 1}: the block is never closed");
            string indent = fence.Groups["indent"].Value;
            var body = lines[(i + 1)..end].Select(l => l.StartsWith(indent, StringComparison.Ordinal) ? l[indent.Length..] : l);
            blocks.Add(new MarkdownBlock(fence.Groups["language"].Value, fence.Groups["reason"] is { Success: true } reason ? reason.Value : null,
                i + 1, string.Join('\n', body)));
            i = end;
        }
        return new MarkdownDocument(path, blocks);
    }

    private static IEnumerable<string> Folder(string name, SearchOption depth = SearchOption.AllDirectories)
    {
        string folder = System.IO.Path.Combine(GoldenData.RepositoryRoot, name);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.md", depth) : [];
    }

    [GeneratedRegex("""^(?<indent> *)(?<ticks>```+)(?<language>[\w#+-]*)(?: +skip="(?<reason>[^"]+)")? *$""")]
    private static partial Regex Fence();
}
