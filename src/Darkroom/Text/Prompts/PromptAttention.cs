using System.Buffers;
using System.Runtime.InteropServices;

namespace Darkroom.Text.Prompts;

/// <summary>A piece of a prompt and how much it counts.</summary>
/// <param name="Text">The piece, without the brackets and escapes that gave it its weight.</param>
/// <param name="Weight">1 is neutral.</param>
public readonly record struct WeightedText(string Text, double Weight)
{
    /// <summary>The word that ends a chunk.</summary>
    public const string BreakWord = "BREAK";

    /// <summary>Whether this is no text but the order to end the chunk: the word BREAK with the weight -1, which brackets around it change.</summary>
    public bool IsBreak => Weight == -1 && Text == BreakWord;
}

/// <summary>
/// Attention weights in prompts, as A1111 reads them: (x) counts 1.1 times, [x] counts 1/1.1 times, (x:1.3) counts 1.3 times, \( is a
/// bracket, BREAK ends a chunk. Brackets nest; those left open close at the end; those that close nothing are text.
/// </summary>
public static class PromptAttention
{
    private const double Stronger = 1.1, Weaker = 1 / 1.1;

    private static readonly SearchValues<char> Signs = SearchValues.Create("\\()[]:");

    /// <summary>The pieces of a prompt in order; neighbours of exactly equal weight are one piece; never empty.</summary>
    /// <remarks>Weights are multiplied in the order in which brackets close, so that they equal A1111's to the last bit.</remarks>
    /// <exception cref="DarkroomException">InvalidRequest: a weight such as <c>(a:.)</c> or <c>(a:1.2.3)</c> is no number, or the prompt is too long.</exception>
    public static IReadOnlyList<WeightedText> Parse(string prompt)
    {
        PromptScanner.CheckLength(prompt);
        var pieces = new Pieces();
        var round = new Stack<int>();
        var square = new Stack<int>();
        for (int start = 0; start < prompt.Length;)
        {
            int end = TokenEnd(prompt, start, out var weight);
            string token = prompt[start..end];
            start = end;
            if (token[0] == '\\') pieces.Add(token[1..], 1);
            else if (token == "(") round.Push(pieces.Count);
            else if (token == "[") square.Push(pieces.Count);
            else if (weight.Length > 0 && round.TryPop(out int first)) pieces.Multiply(first, WeightOf(weight, token));
            else if (token == ")" && round.TryPop(out first)) pieces.Multiply(first, Stronger);
            else if (token == "]" && square.TryPop(out first)) pieces.Multiply(first, Weaker);
            else pieces.AddText(token);
        }
        foreach (int first in round.Reverse()) pieces.Multiply(first, Stronger);
        foreach (int first in square.Reverse()) pieces.Multiply(first, Weaker);
        return pieces.Joined();
    }

    /// <summary>The end of the token at a place: an escape, a bracket, a weight with its closing bracket, a colon, or a run of text.</summary>
    private static int TokenEnd(string prompt, int start, out ReadOnlySpan<char> weight)
    {
        weight = default;
        switch (prompt[start])
        {
            case '\\':
                return start + 1 < prompt.Length && prompt[start + 1] is '(' or ')' or '[' or ']' or '\\' ? start + 2 : start + 1;
            case '(' or ')' or '[' or ']':
                return start + 1;
            case ':':
                int number = PromptScanner.SkipSpace(prompt, start + 1);
                int length = PromptScanner.NumberLength(prompt.AsSpan(number));
                int close = PromptScanner.SkipSpace(prompt, number + length);
                if (length == 0 || close == prompt.Length || prompt[close] != ')') return start + 1;
                weight = prompt.AsSpan(number, length);
                return close + 1;
            default:
                int end = prompt.AsSpan(start).IndexOfAny(Signs);
                return end < 0 ? prompt.Length : start + end;
        }
    }

    private static double WeightOf(ReadOnlySpan<char> number, string token) => PromptScanner.Number(number)
        ?? throw new DarkroomException(ErrorKind.InvalidRequest, $"The weight \"{number}\" is not a number.", "prompt",
            $"Write a number such as 1.2 in \"{token}\", or \\) for a bracket that is meant as text.");

    /// <summary>Pieces while brackets are still open: texts and weights side by side, so that multiplying a long run is cheap.</summary>
    private sealed class Pieces
    {
        private readonly List<string> _texts = [];
        private readonly List<double> _weights = [];

        public int Count => _texts.Count;

        public void Add(string text, double weight)
        {
            _texts.Add(text);
            _weights.Add(weight);
        }

        /// <summary>Adds text, split at each BREAK that is a word of its own; the white space around it goes with it.</summary>
        public void AddText(string text)
        {
            int start = 0;
            for (int at; (at = PromptScanner.IndexOfWord(text, WeightedText.BreakWord, start)) >= 0;)
            {
                Add(PromptScanner.TrimEnd(text[start..at]), 1);
                Add(WeightedText.BreakWord, -1);
                start = PromptScanner.SkipSpace(text, at + WeightedText.BreakWord.Length);
            }
            Add(text[start..], 1);
        }

        public void Multiply(int first, double factor)
        {
            foreach (ref double weight in CollectionsMarshal.AsSpan(_weights)[first..]) weight *= factor;
        }

        public List<WeightedText> Joined()
        {
            var joined = new List<WeightedText>();
            for (int start = 0, end; start < Count; start = end)
            {
                for (end = start + 1; end < Count && _weights[end] == _weights[start];) end++;
                joined.Add(new WeightedText(string.Concat(_texts[start..end]), _weights[start]));
            }
            return joined.Count > 0 ? joined : [new WeightedText("", 1)];
        }
    }
}
