using System.Globalization;
using System.Text;

namespace Darkroom.Text.Unicode;

/// <summary>What the tokenizers need of the Unicode Character Database and .NET lacks or changes from version to version; read once, when needed.</summary>
internal sealed class UnicodeTable
{
    private static readonly Lazy<UnicodeTable> Table = new(() => new UnicodeTable());

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<char, string> _widths = [];
    private readonly List<(int First, int Last)> _unassigned = [];

    private UnicodeTable()
    {
        string section = "";
        foreach (string line in TextData.Lines("unicode.txt"))
        {
            if (line.StartsWith('[')) section = line;
            else Add(section, line.Split(' '));
        }
    }

    public static UnicodeTable Data => Table.Value;

    /// <summary>Canonical decompositions, one step; the second part is 0 where there is only one.</summary>
    public Dictionary<int, (int First, int Second)> Decomposition { get; } = [];

    /// <summary>Pairs that compose.</summary>
    public Dictionary<(int, int), int> Composition { get; } = [];

    /// <summary>Canonical combining class; 0 for a starter.</summary>
    public int CombiningClass(int rune) => _classes.GetValueOrDefault(rune);

    /// <summary>What a half- or full-width form (and U+3000) stands for; null for all other characters.</summary>
    public string? StandardWidth(char form) => form is '\u3000' or > '\uFF00' ? _widths.GetValueOrDefault(form) : null;

    /// <summary>Whether the reference's version of Unicode, 14, has no character here.</summary>
    public bool IsUnassigned(Rune rune)
    {
        int low = 0, high = _unassigned.Count;                  // the range looked for is in [low, high)
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (rune.Value > _unassigned[middle].Last) low = middle + 1;
            else high = middle;
        }
        return low < _unassigned.Count && rune.Value >= _unassigned[low].First;
    }

    private void Add(string section, string[] fields)
    {
        int first = Hex(fields[0]);
        switch (section)
        {
            case "[decomposes and recomposes]":
                Decomposition[first] = (Hex(fields[1]), Hex(fields[2]));
                Composition[(Hex(fields[1]), Hex(fields[2]))] = first;
                break;
            case "[decomposes only]":
                Decomposition[first] = (Hex(fields[1]), fields.Length > 2 ? Hex(fields[2]) : 0);
                break;
            case "[combining class]":
                byte combiningClass = byte.Parse(fields[2], CultureInfo.InvariantCulture);
                for (int rune = first; rune <= Hex(fields[1]); rune++) _classes[rune] = combiningClass;
                break;
            case "[width]":
                _widths[(char)first] = string.Concat(fields[1..].Select(f => (char)Hex(f)));
                break;
            default:
                _unassigned.Add((first, Hex(fields[1])));
                break;
        }
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
