using System.Text.Json;
using Darkroom.Tests.Golden;
using Darkroom.Text;

namespace Darkroom.Tests.Text;

[Trait("Category", "Golden")]
public class WordPieceGoldenTests
{
    // Property: the ids of every text, cut at 77, are those of transformers' BERT tokenizer.
    [Fact]
    public void Bert_ids_are_exact()
    {
        var failures = new List<string>();
        int count = 0;
        foreach (var golden in GoldenData.JsonLines("text/bert.jsonl"))
        {
            count++;
            string text = golden.GetProperty("text").GetString()!;
            int[] expected = [.. golden.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            int[] actual = WordPieceTokenizer.Bert.Encode(text, 77);
            if (!expected.SequenceEqual(actual))
                failures.Add($"{golden.GetProperty("kind")} {JsonSerializer.Serialize(text)}: expected {WordPieceTokenizer.Bert.Decode(expected)}, got {WordPieceTokenizer.Bert.Decode(actual)}");
        }
        GoldenReport.Add("text/bert", count, count - failures.Count);
        Assert.True(failures.Count == 0, $"{failures.Count} of {count}\n{string.Join('\n', failures.Take(40))}");
    }
}
