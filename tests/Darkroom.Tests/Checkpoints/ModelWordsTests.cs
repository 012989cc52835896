using System.Text.Json;
using Darkroom.Checkpoints;

namespace Darkroom.Tests.Checkpoints;

public class ModelWordsTests
{
    private static readonly ModelWords Words = new([new("objects", ["red apple", "dog"]), new("other words", ["a", "gray", "don't", "7up"])]);

    // Property: the words of a text that no term holds are named, each once, in the text's order and in lower case.
    [Theory]
    [InlineData("a red apple", "")]
    [InlineData("A RED Dog", "")]
    [InlineData("a dragon and a dragon, a cat", "dragon,and,cat")]
    [InlineData("(a dog:1.3), [dog:apple:0.5] 4 x1", "x1")]
    [InlineData("the dog's apple; dog’s", "the")]
    [InlineData("don't 7up", "")]
    [InlineData("rock'n'roll", "rock'n'roll")]
    [InlineData("a дракон 犬", "дракон,犬")]
    [InlineData("", "")]
    [InlineData("12 1.5 <> --", "")]
    public void Unknown_words_are_named(string text, string unknown) =>
        Assert.Equal(unknown.Length == 0 ? [] : unknown.Split(','), Words.UnknownIn(text));

    // Property: a word that resembles a known one is told apart from one that resembles none.
    [Fact]
    public void Near_words_are_found()
    {
        Assert.Equal("gray", Words.Nearest("grey"));
        Assert.Equal("apple", Words.Nearest("apples"));
        Assert.Null(Words.Nearest("dragon"));
    }

    // Property: written and read again, the groups are the same in the same order.
    [Fact]
    public void Words_come_back()
    {
        var back = ModelWords.FromJson(JsonSerializer.SerializeToElement(Words.ToJson()), "words.json");
        Assert.Equal(Words.Groups.Select(g => (g.Name, string.Join('|', g.Words))), back.Groups.Select(g => (g.Name, string.Join('|', g.Words))));
    }

    // Property: what is no list of words is refused and named.
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "objects": "dog" }""")]
    [InlineData("""{ "objects": [1] }""")]
    [InlineData("""{ "objects": [["dog"]] }""")]
    [InlineData("""{ "": ["dog"] }""")]
    public void Other_files_are_refused(string json)
    {
        using var document = JsonDocument.Parse(json);
        var refused = Assert.Throws<DarkroomException>(() => ModelWords.FromJson(document.RootElement, "words.json"));
        Assert.Equal((ErrorKind.BadFile, "words.json"), (refused.Kind, refused.Problems[0].Where));
    }

    // Property: a file of more words than any caption set has is refused before it takes memory for long.
    [Fact]
    public void Endless_files_are_refused()
    {
        var json = JsonSerializer.SerializeToElement(new { objects = Enumerable.Repeat("dog", 100_001) });
        Assert.Throws<DarkroomException>(() => ModelWords.FromJson(json, "words.json"));
    }
}
