namespace Darkroom.Text.Prompts;

/// <summary>Parses the grammar of prompt schedules with a stack of open brackets.</summary>
/// <remarks>
/// <code>
/// prompt    = { plain | "(" prompt [":" prompt] ")" | "[" prompt "]" | change | turns }
/// change    = "[" [prompt ":"] prompt ":" number "]"
/// turns     = "[" prompt "|" prompt { "|" prompt } "]"
/// </code>
/// At the top, and only there, brackets and colons may also stand for themselves. So a bracket that turns out to begin no group makes
/// itself and all brackets still open around it plain text; a | among them fits nowhere, and the prompt is no schedule.
/// </remarks>
internal static class PromptScheduleParser
{
    /// <summary>The nodes of a prompt; null where it does not fit the grammar.</summary>
    public static IReadOnlyList<PromptNode>? Parse(string prompt)
    {
        var top = new List<PromptNode>();
        var open = new Stack<Bracket>();
        for (int start = 0; start < prompt.Length;)
        {
            int end = TokenEnd(prompt, start);
            if (end < 0) return null;
            string token = prompt[start..end];
            start = end;
            var inner = open.TryPeek(out var bracket) ? bracket.Last : top;
            if (token is "[" or "(")
                open.Push(new Bracket(token[0]));
            else if (token is "]" or ")" && bracket?.Close(token[0]) is { } node)
            {
                open.Pop();
                (open.TryPeek(out var outer) ? outer.Last : top).Add(node);
            }
            else if (token is ":" or "|" && bracket is not null)
                bracket.Separate(token[0]);
            else if (token is "]" or ")" or ":" or "|")
            {
                if (token == "|" || !Flatten(open, top)) return null;
                top.Add(new PromptNode.Plain(token));
            }
            else
                inner.Add(new PromptNode.Plain(token));
        }
        return Flatten(open, top) ? top : null;
    }

    /// <summary>The end of a bracket, a separator or a run of text; -1 for a backslash with nothing to escape.</summary>
    private static int TokenEnd(string prompt, int start)
    {
        if (prompt[start] is '[' or ']' or '(' or ')' or ':' or '|') return start + 1;
        int end = start;
        while (end < prompt.Length && prompt[end] is not ('[' or ']' or '(' or ')' or ':' or '|'))
            if (prompt[end] != '\\') end++;
            else if (end + 1 < prompt.Length && prompt[end + 1] != '\n') end += 2;
            else return -1;
        return end;
    }

    /// <summary>Makes all open brackets plain text; false where a | would become plain text.</summary>
    private static bool Flatten(Stack<Bracket> open, List<PromptNode> top)
    {
        foreach (var bracket in open.Reverse())
            if (!bracket.Flatten(top)) return false;
        open.Clear();
        return true;
    }

    /// <summary>An open bracket with what has been read inside of it.</summary>
    private sealed class Bracket(char opening)
    {
        private readonly List<List<PromptNode>> _parts = [[]];
        private int _colons, _bars;

        public List<PromptNode> Last => _parts[^1];

        public void Separate(char separator)
        {
            if (separator == ':') _colons++;
            else _bars++;
            _parts.Add([]);
        }

        /// <summary>The node that this bracket makes when it closes now; null where it makes none.</summary>
        public PromptNode? Close(char closing) => (opening, closing, _colons, _bars) switch
        {
            ('(', ')', <= 1, 0) => Group(")"),
            ('[', ']', 0, 0) => Group("]"),
            ('[', ']', 0, _) => new PromptNode.Turns(_parts),
            ('[', ']', 1, 0) when Moment() is { } moment => new PromptNode.Change([], _parts[0], moment),
            ('[', ']', 2, 0) when Moment() is { } moment => new PromptNode.Change(_parts[0], _parts[1], moment),
            _ => null,
        };

        public bool Flatten(List<PromptNode> to)
        {
            if (_bars > 0) return false;
            to.AddRange(Bare());
            return true;
        }

        private PromptNode.Group Group(string closing) => new([.. Bare(), new PromptNode.Plain(closing)]);

        private List<PromptNode> Bare()
        {
            List<PromptNode> bare = [new PromptNode.Plain(opening.ToString()), .. _parts[0]];
            foreach (var part in _parts[1..])
            {
                bare.Add(new PromptNode.Plain(":"));
                bare.AddRange(part);
            }
            return bare;
        }

        /// <summary>The last part, if it is a number: sign, digits, point, exponent, white space around it.</summary>
        private string? Moment()
        {
            if (Last is not [PromptNode.Plain { Text: var text }]) return null;
            string number = PromptScanner.TrimEnd(text[PromptScanner.SkipSpace(text, 0)..]);
            return IsNumber(number) ? number : null;
        }

        private static bool IsNumber(ReadOnlySpan<char> text)
        {
            if (text is ['+' or '-', ..]) text = text[1..];
            int whole = Digits(ref text);
            int fraction = 0;
            if (text is ['.', ..])
            {
                text = text[1..];
                fraction = Digits(ref text);
            }
            if (whole + fraction == 0) return false;
            if (text is not ['e' or 'E', ..]) return text.IsEmpty;
            text = text[1..];
            if (text is ['+' or '-', ..]) text = text[1..];
            return Digits(ref text) > 0 && text.IsEmpty;
        }

        private static int Digits(ref ReadOnlySpan<char> text)
        {
            int count = 0;
            while (count < text.Length && char.IsAsciiDigit(text[count])) count++;
            text = text[count..];
            return count;
        }
    }
}
