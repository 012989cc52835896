using System.Text.Json;
using Darkroom.Tests.Cli;
using Darkroom.Text;

namespace Darkroom.Tests.Text;

public class ClipTokenizerFolderTests
{
    private static readonly BpeMerge[] Merges = [new("c", "a"), new("ca", "t</w>"), new("d", "o"), new("do", "g</w>")];

    // Property: a tokenizer that is written and read again is the same, padding and row length included.
    [Theory]
    [InlineData(null, 77)]
    [InlineData(0, 16)]
    public void Writing_and_reading_keeps_everything(int? paddingId, int rowLength)
    {
        using var folder = new TemporaryFolder();
        var written = new ClipTokenizer(BpeVocabulary.FromMerges(Merges), paddingId: paddingId, rowLength: rowLength);
        ClipTokenizerFolder.Save(written, folder.Path);
        var read = ClipTokenizerFolder.Load(folder.Path);
        Assert.Equal(written.Vocabulary.Tokens, read.Vocabulary.Tokens);
        Assert.Equal(Merges, read.Vocabulary.Merges);
        Assert.Equal((written.StartId, written.EndId, written.PaddingId, written.RowLength), (read.StartId, read.EndId, read.PaddingId, read.RowLength));
        Assert.Equal(written.Row("a cat & a dog"), read.Row("a cat & a dog"));
    }

    // Property: CLIP's own vocabulary survives the round trip.
    [Fact]
    public void The_vocabulary_of_CLIP_survives()
    {
        using var folder = new TemporaryFolder();
        ClipTokenizerFolder.Save(ClipTokenizer.Clip, folder.Path);
        var read = ClipTokenizerFolder.Load(folder.Path).Vocabulary;
        Assert.Equal(BpeVocabulary.Clip.Tokens, read.Tokens);
        Assert.Equal(BpeVocabulary.Clip.Merges, read.Merges);
    }

    // Property: a folder with settings alone has CLIP's vocabulary, with the padding that the settings name, as text or as an object.
    [Theory]
    [InlineData("{\"pad_token\": \"!\"}", 0)]
    [InlineData("{\"pad_token\": {\"content\": \"!\", \"lstrip\": false}}", 0)]
    [InlineData("{}", 49407)]
    public void Settings_alone_are_enough(string settings, int paddingId)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("special_tokens_map.json"), settings);
        var read = ClipTokenizerFolder.Load(folder.Path);
        Assert.Equal(BpeVocabulary.Clip.Count, read.VocabularySize);
        Assert.Equal(paddingId, read.PaddingId);
    }

    // Property: the single file of newer tokenizers is read too, with merges as texts or as pairs.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_single_file_is_read(bool pairs)
    {
        using var folder = new TemporaryFolder();
        var vocabulary = BpeVocabulary.FromMerges(Merges);
        object[] merges = [.. Merges.Select(m => pairs ? (object)new[] { m.Left, m.Right } : $"{m.Left} {m.Right}")];
        var vocab = vocabulary.Tokens.Select((token, id) => (token, id)).ToDictionary(p => p.token, p => p.id);
        File.WriteAllText(folder.File("tokenizer.json"), JsonSerializer.Serialize(new { model = new { vocab, merges } }));
        Assert.Equal(vocabulary.Tokens, ClipTokenizerFolder.Load(folder.Path).Vocabulary.Tokens);
        Assert.Equal(vocabulary.Merges, ClipTokenizerFolder.Load(folder.Path).Vocabulary.Merges);
    }

    // Property: damaged files are refused as bad files, with the file's name.
    [Theory]
    [InlineData("vocab.json", "")]
    [InlineData("vocab.json", "[]")]
    [InlineData("vocab.json", "{\"a\": 0, \"b\": 2}")]
    [InlineData("vocab.json", "{\"a\": 0, \"b\": 0}")]
    [InlineData("vocab.json", "{\"a\": -1}")]
    [InlineData("vocab.json", "{\"a\": \"0\"}")]
    [InlineData("vocab.json", "{\"a\": 1e99}")]
    [InlineData("vocab.json", "{\"\": 0, \"a\": 1}")]
    [InlineData("vocab.json", "{\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {\"a\": {}}}}}}}}}}}}}}}}}")]
    [InlineData("merges.txt", "c a t\n")]
    [InlineData("merges.txt", "c\n")]
    [InlineData("merges.txt", "c zz\n")]
    [InlineData("merges.txt", "c a\nc a\n")]
    [InlineData("tokenizer_config.json", "{")]
    public void Damaged_files_are_refused(string file, string content)
    {
        using var folder = new TemporaryFolder();
        ClipTokenizerFolder.Save(new ClipTokenizer(BpeVocabulary.FromMerges(Merges)), folder.Path);
        File.WriteAllText(folder.File(file), content);
        var refusal = Assert.Throws<DarkroomException>(() => ClipTokenizerFolder.Load(folder.Path));
        Assert.Equal(ErrorKind.BadFile, refusal.Kind);
        Assert.NotEmpty(refusal.Problems);
    }

    // Property: bytes that are no UTF-8, a missing merge list, an unknown padding token and an empty folder are refused.
    [Fact]
    public void Other_damage_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => ClipTokenizerFolder.Load(folder.Path)).Kind);
        File.WriteAllText(folder.File("tokenizer_config.json"), "{\"pad_token\": \"no such token\"}");
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => ClipTokenizerFolder.Load(folder.Path)).Kind);
        File.WriteAllBytes(folder.File("tokenizer_config.json"), [0x22, 0xFF, 0x22]);
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => ClipTokenizerFolder.Load(folder.Path)).Kind);
        File.Delete(folder.File("tokenizer_config.json"));
        File.WriteAllText(folder.File("vocab.json"), "{}");
        Assert.Equal(ErrorKind.NotFound, Assert.Throws<DarkroomException>(() => ClipTokenizerFolder.Load(folder.Path)).Kind);
    }
}
