using Darkroom.Checkpoints;

namespace Darkroom.Cli.Commands;

/// <summary>Lays a group of words out in columns, read downwards.</summary>
internal static class WordColumns
{
    private const int Width = 100;
    private const int Indent = 2;
    private const int Gap = 2;

    /// <summary>The group's name with the number of its words, the words in alphabetical order, and an empty line.</summary>
    public static void Write(TextWriter text, WordGroup group)
    {
        text.WriteLine($"{group.Words.Count} {group.Name}");
        var words = group.Words.Order(StringComparer.Ordinal).ToList();
        int column = words.Select(w => w.Length).DefaultIfEmpty(1).Max() + Gap;
        int columns = Math.Max(1, (Width - Indent) / column), rows = (words.Count + columns - 1) / columns;
        for (int row = 0; row < rows; row++)
        {
            var line = Enumerable.Range(0, columns).Select(c => c * rows + row).Where(i => i < words.Count).Select(i => words[i].PadRight(column));
            text.WriteLine((new string(' ', Indent) + string.Concat(line)).TrimEnd());
        }
        text.WriteLine();
    }
}
