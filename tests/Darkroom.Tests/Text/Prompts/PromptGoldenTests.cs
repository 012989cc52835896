using System.Text.Json;
using Darkroom.Tests.Golden;
using Darkroom.Text;
using Darkroom.Text.Prompts;

namespace Darkroom.Tests.Text.Prompts;

[Trait("Category", "Golden")]
public class PromptGoldenTests
{
    // Property: pieces and weights of every prompt equal A1111's to the last bit, and what A1111 refuses is refused.
    [Fact]
    public void Attention_weights_are_exact() => Check("prompt-attention", golden =>
    {
        if (golden.TryGetProperty("error", out _))
        {
            var refusal = Assert.Throws<DarkroomException>(() => PromptAttention.Parse(Text(golden)));
            Assert.Equal(ErrorKind.InvalidRequest, refusal.Kind);
        }
        else
            Assert.Equal(Weighted(golden.GetProperty("out")), PromptAttention.Parse(Text(golden)));
    });

    // Property: the text of every step equals A1111's, in the first pass, the second pass, and by the old rule.
    [Fact]
    public void Schedules_are_exact() => Check("prompt-schedule", golden =>
    {
        var second = golden.GetProperty("hires_steps");
        var steps = new ScheduleSteps
        {
            Steps = golden.GetProperty("steps").GetInt32(),
            SecondPass = second.ValueKind == JsonValueKind.Null ? null : second.GetInt32(),
            OldRule = golden.GetProperty("old").GetBoolean(),
        };
        Assert.Equal(golden.GetProperty("out").EnumerateArray().Select(s => new ScheduledText(s[0].GetInt32(), s[1].GetString()!)),
            PromptSchedule.Parse(Text(golden)).Over(steps));
    });

    // Property: the parts of prompts composed with AND, and their weights, equal A1111's.
    [Fact]
    public void Compositions_are_exact() => Check("prompt-and", golden =>
        Assert.Equal(Weighted(golden.GetProperty("parts")), PromptComposition.Parse(Text(golden))));

    // Property: ids, weights, places of trained words and the token count of every chunk equal A1111's.
    [Fact]
    public void Chunks_are_exact() => Check("prompt-chunks", golden =>
    {
        var syntax = new A1111PromptSyntax
        {
            CommaBacktrack = golden.GetProperty("comma_padding_backtrack").GetInt32(),
            ReadWeights = golden.GetProperty("emphasis").GetString() != "None",
        };
        var words = golden.GetProperty("embeddings").EnumerateArray().Select(e => new EmbeddingWord(e[0].GetString()!, e[1].GetInt32())).ToList();
        var prompt = syntax.Tokenize(Text(golden), ClipTokenizer.Clip, words);
        Assert.Equal(golden.GetProperty("token_count").GetInt32(), prompt.TokenCount);
        var chunks = golden.GetProperty("chunks");
        Assert.Equal(chunks.GetArrayLength(), prompt.Chunks.Count);
        foreach ((var expected, var chunk) in chunks.EnumerateArray().Zip(prompt.Chunks))
        {
            Assert.Equal(expected.GetProperty("tokens").EnumerateArray().Select(t => t.GetInt32()), chunk.Ids);
            Assert.Equal(expected.GetProperty("multipliers").EnumerateArray().Select(m => m.GetDouble()), chunk.Weights);
            Assert.Equal(expected.GetProperty("fixes").EnumerateArray().Select(f => (f[0].GetInt32(), f[1].GetString()!)),
                chunk.Embeddings.Select(e => (e.Offset, e.Name)));
        }
    });

    private static void Check(string file, Action<JsonElement> check)
    {
        var failures = new List<string>();
        int count = 0;
        foreach (var golden in GoldenData.JsonLines($"text/{file}.jsonl"))
        {
            count++;
            try
            {
                check(golden);
            }
            catch (Xunit.Sdk.XunitException failure)
            {
                failures.Add($"{JsonSerializer.Serialize(Text(golden))}: {failure.Message}");
            }
        }
        GoldenReport.Add($"text/{file}", count, count - failures.Count);
        Assert.True(failures.Count == 0, $"{failures.Count} of {count}\n{string.Join('\n', failures.Take(20))}");
    }

    private static string Text(JsonElement golden) => golden.GetProperty("text").GetString()!;

    private static IEnumerable<WeightedText> Weighted(JsonElement pairs) =>
        pairs.EnumerateArray().Select(p => new WeightedText(p[0].GetString()!, p[1].GetDouble()));
}
