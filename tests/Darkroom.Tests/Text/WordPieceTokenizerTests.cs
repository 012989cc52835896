using System.Diagnostics;
using CsCheck;
using Darkroom.Text;

namespace Darkroom.Tests.Text;

public class WordPieceTokenizerTests
{
    // Property: any text gives ids of the vocabulary, each with its word.
    [Fact]
    public void Any_text_is_tokenized() => Gen.String[0, 60].Sample(text =>
    {
        var tokens = WordPieceTokenizer.Bert.Tokenize(text);
        Assert.All(tokens.Ids, id => Assert.InRange(id, 0, WordPieceTokenizer.Bert.VocabularySize - 1));
        Assert.Equal(Enumerable.Range(0, tokens.Words.Count), tokens.WordOf.Distinct());
    }, iter: 1000);

    // Property: known words come back from their pieces.
    [Fact]
    public void Pieces_join_to_words() => Assert.Equal("an unbelievably wide castle",
        WordPieceTokenizer.Bert.Decode(WordPieceTokenizer.Bert.Tokenize("An unbelievably wide castle").Ids));

    // Property: a megabyte of text without a blank, of accents, and of ideographs takes bounded time.
    [Theory]
    [InlineData("a")]
    [InlineData("\u0301")]
    [InlineData("日")]
    [InlineData("[SEP]")]
    [InlineData("zqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqzqz ")]
    public void Long_texts_take_bounded_time(string part)
    {
        long started = Stopwatch.GetTimestamp();
        Assert.Equal(77, WordPieceTokenizer.Bert.Row(string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length))).Length);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 60);
    }

    // Property: a vocabulary without its special entries, or with an entry twice, is refused with all problems at once.
    [Fact]
    public void Incomplete_vocabularies_are_refused() =>
        Assert.Equal(3, Assert.Throws<DarkroomException>(() => new WordPieceTokenizer(["[PAD]", "[UNK]", "a", "a"])).Problems.Count);
}
