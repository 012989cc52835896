using System.Diagnostics;
using CsCheck;
using Darkroom.Text;
using Darkroom.Text.Prompts;

namespace Darkroom.Tests.Text.Prompts;

public class PromptSyntaxTests
{
    private static readonly Gen<string> AnyPrompt = Gen.OneOf(
        "(", ")", "[", "]", ":", "|", "\\", "a", "cat, ", " BREAK ", "BREAK", " AND ", "1.2", ":1.2)", ":.)", ":0.5]", ":3]", "::", " ", "\n", "é", "日本", "😀", "\uD800", "\0", "-", "１")
        .Array[0, 30].Select(parts => string.Concat(parts));

    // Property: any prompt is read, or refused as a request with a weight that is no number; nothing else is thrown.
    [Fact]
    public void Any_prompt_is_read_or_refused() => AnyPrompt.Sample(prompt =>
    {
        try
        {
            foreach (var chunk in PromptSyntax.A1111.Tokenize(prompt, ClipTokenizer.Clip).Chunks) AssertSound(chunk);
        }
        catch (DarkroomException refusal)
        {
            Assert.Equal(ErrorKind.InvalidRequest, refusal.Kind);
            Assert.Contains("not a number", refusal.Message, StringComparison.Ordinal);
        }
        Assert.NotEmpty(PromptComposition.Parse(prompt));
        var texts = PromptSchedule.Parse(prompt).Over(new ScheduleSteps { Steps = 7 });
        Assert.Equal(7, texts[^1].LastStep);
        Assert.True(texts.Zip(texts.Skip(1)).All(p => p.First.LastStep < p.Second.LastStep));
    }, iter: 3000);

    // Property: text without signs is one piece of weight 1 and does not change over the steps.
    [Fact]
    public void Text_without_signs_is_kept() => Gen.String[Gen.Char['a', 'z'], 1, 40].Sample(text =>
    {
        Assert.Equal([new WeightedText(text, 1)], PromptAttention.Parse(text));
        Assert.Equal([new WeightedText(text, 1)], PromptComposition.Parse(text));
        Assert.Equal([new ScheduledText(5, text)], PromptSchedule.Parse(text).Over(new ScheduleSteps { Steps = 5 }));
    });

    // Property: n round brackets weigh 1.1 to the n, n square ones the inverse; closed or not.
    [Fact]
    public void Nested_brackets_multiply() => Gen.Select(Gen.Int[0, 30], Gen.Bool).Sample((depth, closed) =>
    {
        double stronger = 1, weaker = 1;
        for (int i = 0; i < depth; i++) (stronger, weaker) = (stronger * 1.1, weaker * (1 / 1.1));
        string Nested(char open, char close) => new string(open, depth) + "x" + (closed ? new string(close, depth) : "");
        Assert.Equal([new WeightedText("x", stronger)], PromptAttention.Parse(Nested('(', ')')));
        Assert.Equal([new WeightedText("x", weaker)], PromptAttention.Parse(Nested('[', ']')));
    });

    // Property: chunks hold all tokens of the prompt in order, whatever its commas; padding lies only at the end of a chunk.
    [Fact]
    public void Chunks_lose_nothing() => Gen.OneOf("cat", ",", "unbelievable", "dog", ", ", "9").Array[0, 300].Sample(words =>
    {
        string prompt = string.Join(' ', words);
        var chunks = PromptSyntax.A1111.Tokenize(prompt, ClipTokenizer.Clip).Chunks;
        var kept = chunks.SelectMany(c => c.Ids.Where((_, at) => c.WordOf[at] >= 0));
        Assert.Equal(ClipTokenizer.Clip.Tokenize(prompt).Ids, kept);
        foreach (var chunk in chunks) AssertSound(chunk);
    }, iter: 300);

    // Property: a token's word is found in the prompt's words, also after cuts at commas and across weighted pieces.
    [Fact]
    public void Words_are_named()
    {
        var prompt = PromptSyntax.A1111.Tokenize("a (photograph:1.2) of unbelievable cats", ClipTokenizer.Clip);
        var chunk = prompt.Chunks[0];
        Assert.Equal(["a", "photograph", "of", "unbelievable", "cats"], prompt.Words);
        Assert.Equal([-1, 0, 1, 2, 3, 4, -1], chunk.WordOf.Take(7));
        Assert.Equal([1, 1, 1.2, 1, 1, 1], chunk.Weights.Take(6));
    }

    // Property: an encoder with a padding id of its own gets it after the first end token, also in empty and added chunks.
    [Fact]
    public void Padding_is_the_encoders_own()
    {
        var prompt = PromptSyntax.A1111.Tokenize("cat", ClipTokenizer.OpenClip).PadTo(2, ClipTokenizer.OpenClip);
        Assert.Equal([49406, 2368, 49407, 0], prompt.Chunks[0].Ids.Take(4));
        Assert.Equal([49406, 49407, 0, 0], prompt.Chunks[1].Ids.Take(4));
        Assert.All(prompt.Chunks, chunk => Assert.All(chunk.Ids.Skip(3), id => Assert.Equal(0, id)));
    }

    // Property: the plain syntax reads brackets as text, and says what it cut off.
    [Fact]
    public void Plain_says_what_it_cuts()
    {
        var whole = PromptSyntax.Plain.Tokenize("(cat:1.2)", ClipTokenizer.Clip);
        Assert.Null(whole.TruncatedText);
        Assert.Equal(ClipTokenizer.Clip.Row("(cat:1.2)"), whole.Chunks[0].Ids);
        Assert.All(whole.Chunks[0].Weights, weight => Assert.Equal(1, weight));
        string text = string.Concat(Enumerable.Repeat("cat ", 75)) + "last words";
        var cut = PromptSyntax.Plain.Tokenize(text, ClipTokenizer.Clip);
        Assert.Equal("last words", cut.TruncatedText);
        Assert.Equal(ClipTokenizer.Clip.Row(text), cut.Chunks[0].Ids);
        AssertSound(cut.Chunks[0]);
    }

    // Property: what has no effect is said: BREAK inside weighted brackets, a trained word that a comma moves away from its vectors.
    [Fact]
    public void Oddities_are_warned_about()
    {
        Assert.Single(PromptSyntax.A1111.Tokenize("(a BREAK b:1.3)", ClipTokenizer.Clip).Warnings);
        string prompt = string.Concat(Enumerable.Repeat("cat ", 60)) + ", mine " + string.Concat(Enumerable.Repeat("dog ", 20));
        var moved = PromptSyntax.A1111.Tokenize(prompt, ClipTokenizer.Clip, [new EmbeddingWord("mine", 3)]);
        Assert.Contains("mine", Assert.Single(moved.Warnings), StringComparison.Ordinal);
        Assert.Empty(PromptSyntax.A1111.Tokenize("a mine", ClipTokenizer.Clip, [new EmbeddingWord("mine", 3)]).Warnings);
    }

    // Property: syntaxes are found by name, and no other name is accepted.
    [Fact]
    public void Syntaxes_have_names()
    {
        Assert.Same(PromptSyntax.Plain, PromptSyntax.Named("plain"));
        Assert.Same(PromptSyntax.A1111, PromptSyntax.Named("A1111"));
        Assert.Throws<DarkroomException>(() => PromptSyntax.Named("comfy"));
    }

    // Property: the longest prompts, of whatever brackets, are read in bounded time and stack; longer ones are refused.
    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("(a")]
    [InlineData("[a:")]
    [InlineData("[a|")]
    [InlineData(":")]
    [InlineData(": ")]
    [InlineData("BREAK ")]
    [InlineData(" AND ")]
    [InlineData("\\")]
    [InlineData("a,")]
    public void Long_prompts_take_bounded_time(string part)
    {
        string open = string.Concat(Enumerable.Repeat(part, PromptScanner.LongestPrompt / part.Length));
        string half = open[..(open.Length / 2)];
        string closed = half + new string(part[0] == '[' ? ']' : ')', half.Length);
        foreach (string prompt in new[] { open, closed })
        {
            long started = Stopwatch.GetTimestamp();
            Assert.NotEmpty(PromptAttention.Parse(prompt));
            Assert.NotEmpty(PromptComposition.Parse(prompt));
            Assert.NotEmpty(PromptSchedule.Parse(prompt).Over(new ScheduleSteps { Steps = 10 }));
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 60);
        }
        string tooLong = open + new string('x', PromptScanner.LongestPrompt);
        Assert.Throws<DarkroomException>(() => PromptAttention.Parse(tooLong));
        Assert.Throws<DarkroomException>(() => PromptComposition.Parse(tooLong));
        Assert.Throws<DarkroomException>(() => PromptSchedule.Parse(tooLong));
        Assert.Throws<DarkroomException>(() => PromptSyntax.A1111.Tokenize(tooLong, ClipTokenizer.Clip));
    }

    // Property: a schedule nested thousands of times is unrolled without recursion.
    [Fact]
    public void Deep_schedules_are_unrolled()
    {
        const int depth = 9_000;
        string prompt = string.Concat(Enumerable.Repeat("[a:(", depth)) + "x" + string.Concat(Enumerable.Repeat("):0.5]", depth));
        var texts = PromptSchedule.Parse(prompt).Over(new ScheduleSteps { Steps = 4 });
        Assert.Equal([2, 4], texts.Select(t => t.LastStep));
        Assert.Equal("a", texts[0].Text);
        Assert.Equal(new string('(', depth) + "x" + new string(')', depth), texts[1].Text);
    }

    private static void AssertSound(PromptChunk chunk)
    {
        Assert.Equal((77, 77, 77), (chunk.Ids.Count, chunk.Weights.Count, chunk.WordOf.Count));
        Assert.Equal((49406, 49407), (chunk.Ids[0], chunk.Ids[^1]));
        int used = chunk.WordOf.Count(word => word >= 0);
        Assert.All(chunk.WordOf.Skip(1).Take(used), word => Assert.True(word >= 0));
        Assert.All(chunk.Ids.Skip(1 + used), id => Assert.Equal(49407, id));
        Assert.All(chunk.Weights.Skip(1 + used), weight => Assert.Equal(1, weight));
    }
}
