using System.Text.Json;
using Darkroom.Tests.Golden;
using Darkroom.Text;

namespace Darkroom.Tests.Text;

[Trait("Category", "Golden")]
public class ClipTokenizerGoldenTests
{
    // Property: the ids of every text are those of transformers 5.
    [Fact]
    public void Transformers_ids_are_exact() => Check("clip-sd1", "text/clip-sd1 ids", TextCleaning.Transformers, _ => "ids");

    // Property: the ids with repaired text are those of transformers 4 with ftfy, also where the file says they equal the plain ones.
    [Fact]
    public void Ftfy_ids_are_exact() => Check("clip-sd1", "text/clip-sd1 ftfy", TextCleaning.Ftfy, c => c.TryGetProperty("ftfy", out _) ? "ftfy" : "ids");

    // Property: the ids with basic cleaning are those of transformers 4 without ftfy, also where the file says they equal the plain ones.
    [Fact]
    public void Basic_ids_are_exact() => Check("clip-sd1", "text/clip-sd1 basic", TextCleaning.Basic, c => c.TryGetProperty("basic", out _) ? "basic" : "ids");

    // Property: the ids of every text, cut at 77, are those of OpenCLIP.
    [Fact]
    public void OpenClip_ids_are_exact() => Check("clip-sd2", "text/clip-sd2", TextCleaning.OpenClip, _ => "ids", longest: 77);

    // Property: whole rows of 77 are those of OpenCLIP, filled with 0.
    [Fact]
    public void OpenClip_rows_are_exact()
    {
        var failures = new List<string>();
        int count = 0;
        foreach (var golden in GoldenData.JsonLines("text/clip-sd2-padded.jsonl"))
        {
            count++;
            string text = golden.GetProperty("text").GetString()!;
            if (!Ids(golden.GetProperty("ids")).SequenceEqual(ClipTokenizer.OpenClip.Row(text))) failures.Add(text);
        }
        GoldenReport.Add("text/clip-sd2-padded", count, count - failures.Count);
        Assert.Empty(failures);
    }

    private static void Check(string file, string topic, TextCleaning cleaning, Func<JsonElement, string> field, int? longest = null)
    {
        var tokenizer = new ClipTokenizer(BpeVocabulary.Clip, cleaning);
        var failures = new List<string>();
        int count = 0;
        foreach (var golden in GoldenData.JsonLines($"text/{file}.jsonl"))
        {
            count++;
            string text = golden.GetProperty("text").GetString()!;
            int[] expected = Ids(golden.GetProperty(field(golden)));
            int[] actual = tokenizer.Encode(text, longest);
            if (!expected.SequenceEqual(actual))
                failures.Add($"{golden.GetProperty("kind")} {JsonSerializer.Serialize(text)}: expected {tokenizer.Decode(expected)}, got {tokenizer.Decode(actual)}");
        }
        GoldenReport.Add(topic, count, count - failures.Count);
        Assert.True(failures.Count == 0, $"{failures.Count} of {count}\n{string.Join('\n', failures.Take(40))}");
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];
}
