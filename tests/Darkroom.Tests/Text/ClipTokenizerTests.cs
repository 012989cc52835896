using System.Diagnostics;
using System.Text;
using CsCheck;
using Darkroom.Text;

namespace Darkroom.Tests.Text;

public class ClipTokenizerTests
{
    private static readonly Gen<string> AnyText = Gen.OneOf(
        Gen.String[Gen.Char, 0, 60],
        Gen.String[Gen.Char[' ', '~'], 0, 60],
        Gen.OneOf("don't", "'ſ", " ", "é", "e\u0301", "\u0345", "ΑΣ", "İ", "&amp;", "â€™", "\u0000", "\uD83D\uDE00", "\uD800", "123", "…", "ﬁ", "日本")
            .Array[0, 12].Select(parts => string.Concat(parts)));

    public static TheoryData<string> Parts =>
    [
        "a", "word ", "é", "\uD83D\uDE00", "\uDC00", "\0", "a\u0323\u0301", "\u0323\u0301",
        "amp;", "&lt;", "&", "<", "\n", "Ã©",
        "â€™", "<|endoftext|>", "\u001b[0m", "'", "Σ'",
    ];

    public static TheoryData<TextCleaning> AllCleanings => [.. Enum.GetValues<TextCleaning>()];

    // Property: for any text, ids decode to the words that they were made from, joined with blanks.
    [Theory]
    [MemberData(nameof(AllCleanings))]
    public void Ids_decode_to_the_words(TextCleaning cleaning)
    {
        var tokenizer = new ClipTokenizer(BpeVocabulary.Clip, cleaning);
        AnyText.Sample(text =>
        {
            var tokens = tokenizer.Tokenize(text);
            Assert.Equal(string.Join(' ', tokens.Words), tokenizer.Decode(tokens.Ids));
        }, iter: 2000);
    }

    // Property: tokens name their words in order, and every word has at least one token.
    [Theory]
    [MemberData(nameof(AllCleanings))]
    public void Every_token_belongs_to_a_word(TextCleaning cleaning)
    {
        var tokenizer = new ClipTokenizer(BpeVocabulary.Clip, cleaning);
        AnyText.Sample(text =>
        {
            var tokens = tokenizer.Tokenize(text);
            Assert.Equal(tokens.Ids.Count, tokens.WordOf.Count);
            Assert.Equal(Enumerable.Range(0, tokens.Words.Count), tokens.WordOf.Distinct());
        }, iter: 500);
    }

    // Property: tokenizing the decoded text again gives the same ids.
    [Fact]
    public void Encoding_is_stable() => Gen.String[Gen.Char[' ', '~'], 0, 60].Sample(text =>
    {
        var once = ClipTokenizer.Clip.Tokenize(text).Words;
        Assert.Equal(once, ClipTokenizer.Clip.Tokenize(string.Join(' ', once)).Words);
    }, iter: 1000);

    // Property: the fast encoder gives what the definition gives: merge the pair of lowest rank, everywhere, until no pair merges.
    [Fact]
    public void Merging_follows_the_definition() => Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['!', '~'], Gen.Char), 1, 30].Sample(word =>
    {
        var ids = new List<int>();
        BytePairEncoder.Encode(BpeVocabulary.Clip, word, ids);
        Assert.Equal(ByDefinition(word), ids);
    }, iter: 2000);

    // Property: written-out special tokens are those tokens in the way that each kind of tokenizer has it.
    [Theory]
    [InlineData(TextCleaning.Transformers, "a<|endoftext|>b", new[] { 49406, 320, 49407, 321, 49407 })]
    [InlineData(TextCleaning.Ftfy, "<|StartOfText|>", new[] { 49406, 49406, 49407 })]
    [InlineData(TextCleaning.OpenClip, "<end_of_text>", new[] { 49406, 49407, 49407 })]
    public void Special_tokens_may_be_written_out(TextCleaning cleaning, string text, int[] ids) =>
        Assert.Equal(ids, new ClipTokenizer(BpeVocabulary.Clip, cleaning).Encode(text));

    // Property: a padding token of its own is taken out of the text as that token; OpenCLIP, which has none, reads "!" as a sign.
    [Fact]
    public void A_padding_token_is_special()
    {
        Assert.Equal([49406, 1958, 0, 49407], new ClipTokenizer(BpeVocabulary.Clip, paddingId: 0).Encode("yes!"));
        Assert.Equal([49406, 1958, 256, 49407], ClipTokenizer.OpenClip.Encode("yes!"));
    }

    // Property: a row is as long as the encoder's, and keeps the end token when text is cut.
    [Fact]
    public void Rows_have_one_length() => Gen.Int[0, 200].Sample(count =>
    {
        int[] row = ClipTokenizer.Clip.Row(string.Concat(Enumerable.Repeat("cat ", count)));
        Assert.Equal(77, row.Length);
        Assert.Equal(Math.Min(count, 75), row.Count(id => id == 2368));
        Assert.Equal(49407, row[^1]);
    }, iter: 50);

    // Property: long texts are tokenized in bounded time, whatever they are made of.
    [Theory]
    [MemberData(nameof(Parts))]
    public void Long_texts_take_bounded_time(string part) => AssertBounded(part, 100_000, seconds: 20);

    // Property: so is a megabyte.
    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Parts))]
    public void A_megabyte_takes_bounded_time(string part) => AssertBounded(part, 1_000_000, seconds: 60);

    // Property: impossible settings are refused.
    [Theory]
    [InlineData(-1, 77)]
    [InlineData(49408, 77)]
    [InlineData(0, 2)]
    public void Impossible_settings_are_refused(int paddingId, int rowLength) => Assert.Equal(ErrorKind.InvalidRequest,
        Assert.Throws<DarkroomException>(() => new ClipTokenizer(BpeVocabulary.Clip, paddingId: paddingId, rowLength: rowLength)).Kind);

    private static void AssertBounded(string part, int length, double seconds)
    {
        string text = "&" + string.Concat(Enumerable.Repeat(part, length / part.Length));
        foreach (var cleaning in Enum.GetValues<TextCleaning>())
        {
            long started = Stopwatch.GetTimestamp();
            Assert.Equal(77, new ClipTokenizer(BpeVocabulary.Clip, cleaning).Row(text).Length);
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, seconds);
        }
    }

    private static List<int> ByDefinition(string word)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(word);
        List<string> tokens = [.. bytes.Select(b => ByteLetters.Of(b).ToString())];
        tokens[^1] += BpeVocabulary.EndOfWord;
        while (true)
        {
            int best = int.MaxValue;
            (string, string) pair = default;
            for (int i = 0; i + 1 < tokens.Count; i++)
                if (BpeVocabulary.Clip.TryMerge(Id(tokens[i]), Id(tokens[i + 1]), out int rank, out _) && rank < best)
                    (best, pair) = (rank, (tokens[i], tokens[i + 1]));
            if (best == int.MaxValue) return [.. tokens.Select(Id)];
            for (int i = 0; i + 1 < tokens.Count; i++)
                if ((tokens[i], tokens[i + 1]) == pair)
                {
                    tokens[i] += tokens[i + 1];
                    tokens.RemoveAt(i + 1);
                }
        }

        static int Id(string token) => BpeVocabulary.Clip.TryGetId(token, out int id) ? id : -1;
    }
}
