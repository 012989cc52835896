using System.Text.RegularExpressions;

namespace Darkroom.Tests.Docs;

/// <summary>
/// The parts of a document that are made from the code. A part stands between the lines <c>&lt;!-- made from the code: NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c>.
/// </summary>
public static partial class GeneratedParts
{
    /// <summary>The names of the parts that a document has, in its order.</summary>
    public static IReadOnlyList<string> In(string document) => [.. Part().Matches(document).Select(m => m.Groups["name"].Value)];

    /// <summary>The document with every part of those names made anew.</summary>
    public static string Renew(string document, IReadOnlyDictionary<string, Func<string>> parts) => Part().Replace(document.ReplaceLineEndings("\n"), m =>
        parts.TryGetValue(m.Groups["name"].Value, out var make) ? $"{m.Groups["begin"].Value}\n{make()}{m.Groups["end"].Value}" : m.Value);

    /// <summary>A table in Markdown.</summary>
    public static string Table(string[] heads, IEnumerable<string[]> rows) =>
        string.Concat(rows.Prepend([.. heads.Select(_ => "---")]).Prepend(heads).Select(cells => $"| {string.Join(" | ", cells)} |\n"));

    [GeneratedRegex(@"(?<begin>^<!-- made from the code: (?<name>[^\n]*?) -->$)\n.*?(?<end>^<!-- end -->$)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();
}
