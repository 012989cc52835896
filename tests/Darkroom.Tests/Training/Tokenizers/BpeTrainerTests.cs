using CsCheck;
using Darkroom.Tests.Cli;
using Darkroom.Text;
using Darkroom.Training.Data.Scenes;
using Darkroom.Training.Tokenizers;

namespace Darkroom.Tests.Training.Tokenizers;

public class BpeTrainerTests
{
    // Property: the most frequent pair is merged first, counted over all words; ties go to the first in ordinal order.
    [Fact]
    public void Merges_are_in_order_of_frequency()
    {
        var vocabulary = BpeTrainer.Train(["low low low lower lower newest newest newest newest"], BpeTrainer.SmallestVocabulary + 4);
        // "we" occurs 6 times (lower 2, newest 4); "es", "st</w>" and their like 4 or 5 times.
        Assert.Equal([new("w", "e"), new("l", "o"), new("e", "we"), new("ewe", "s")], vocabulary.Merges);
    }

    // Property: frequent words become single tokens.
    [Fact]
    public void Frequent_words_are_single_tokens()
    {
        var scenes = new SceneSource(0);
        var tokenizer = new ClipTokenizer(BpeTrainer.Train(Enumerable.Range(0, 20_000).Select(i => scenes[i].Caption), 1500));
        Assert.InRange(tokenizer.VocabularySize, 600, 1500);
        foreach (var thing in SceneVocabulary.Objects)
            Assert.Equal(thing.Name.Split(' ').Length, tokenizer.Tokenize(thing.Name).Ids.Count);
    }

    // Property: any text at all can be written in a learned vocabulary, and is read back as it was cleaned.
    [Fact]
    public void Any_text_tokenises()
    {
        var tokenizer = new ClipTokenizer(BpeTrainer.Train(["a cat on a mat"], 520));
        Gen.String.Sample(text => Assert.All(tokenizer.Tokenize(text).Ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1)), iter: 300);
        Assert.Equal("größe 猫 🐈", tokenizer.Decode(tokenizer.Tokenize("Größe 猫 🐈").Ids));
    }

    // Property: equal texts give equal vocabularies, whatever the order of the texts.
    [Fact]
    public void Training_is_deterministic()
    {
        string[] texts = ["a red apple", "a green apple", "an owl left of a cat"];
        Assert.Equal(BpeTrainer.Train(texts, 560).Tokens, BpeTrainer.Train(texts.Reverse(), 560).Tokens);
    }

    // Property: the files written are CLIP's, and reading them gives the same tokenizer.
    [Fact]
    public void Files_are_read_back()
    {
        using var folder = new TemporaryFolder();
        var written = new TokenizerTraining { Captions = 200, Size = 600, RowLength = 32 }.Run(folder.Path);
        var read = ClipTokenizerFolder.Load(folder.Path);
        Assert.Equal(written.Vocabulary.Tokens, read.Vocabulary.Tokens);
        Assert.Equal(32, read.RowLength);
        Assert.Equal(written.Tokenize("a panda above a rose").Ids, read.Tokenize("a panda above a rose").Ids);
    }

    // Property: texts without words and impossible sizes are refused.
    [Fact]
    public void Nothing_to_learn_is_an_error()
    {
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => BpeTrainer.Train(["  "], 600)).Kind);
        Assert.Equal(ErrorKind.InvalidRequest, Assert.Throws<DarkroomException>(() => BpeTrainer.Train(["a"], 100)).Kind);
    }
}
