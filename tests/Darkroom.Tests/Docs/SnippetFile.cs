using System.Text.RegularExpressions;

namespace Darkroom.Tests.Docs;

/// <summary>The regions and using lines of a C# file, to compare blocks of documents with.</summary>
public sealed partial class SnippetFile
{
    private readonly HashSet<string> _usings;
    private readonly HashSet<string> _regions;

    public SnippetFile(string source)
    {
        source = source.ReplaceLineEndings("\n");
        _usings = [.. Using().Matches(source).Select(m => m.Value)];
        _regions = [.. Region().Matches(source).Select(m => WithoutIndent(m.Groups[1].Value))];
    }

    /// <summary>Whether the code of a block compiles with the file: its using lines stand at the top, the rest is a region.</summary>
    public bool Holds(string block)
    {
        var usings = Using().Matches(block).Select(m => m.Value).ToList();
        return usings.All(_usings.Contains) && _regions.Contains(WithoutIndent(Using().Replace(block, "")));
    }

    private static string WithoutIndent(string code)
    {
        var lines = code.Split('\n').Select(l => l.TrimEnd()).SkipWhile(l => l.Length == 0).Reverse().SkipWhile(l => l.Length == 0).Reverse().ToList();
        int indent = lines.Where(l => l.Length > 0).Select(l => l.Length - l.TrimStart().Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', lines.Select(l => l.Length == 0 ? l : l[indent..]));
    }

    [GeneratedRegex(@"^using [\w. =]+;", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^ *#region [^\n]*\n(.*?)^ *#endregion", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();
}
