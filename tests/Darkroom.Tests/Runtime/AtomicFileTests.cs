using Darkroom.Runtime;

namespace Darkroom.Tests.Runtime;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("darkroom-test-").FullName;

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string[] Names => [.. Directory.EnumerateFiles(_folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Text(Stream stream, string text) => stream.Write(System.Text.Encoding.UTF8.GetBytes(text));

    // Property: allowing to overwrite doesn't demand that there is something to overwrite, nor that the folder exists.
    [Fact]
    public void Overwriting_may_create()
    {
        string path = Path.Combine(PathOf("new-folder"), "a");
        AtomicFile.Write(path, overwrite: true, s => Text(s, "new"));
        Assert.Equal("new", File.ReadAllText(path));
    }

    // Property: what the callback writes is the file, and nothing else remains in the folder; missing folders are made.
    [Fact]
    public void Writes_the_bytes_and_leaves_no_other_file()
    {
        AtomicFile.Write(PathOf("a.bin"), overwrite: false, s => Text(s, "abc"));
        AtomicFile.Write(PathOf("deep/er/b.bin"), overwrite: false, s => Text(s, "x"));
        Assert.Equal("abc", File.ReadAllText(PathOf("a.bin")));
        Assert.Equal("x", File.ReadAllText(PathOf("deep/er/b.bin")));
        Assert.Equal(["a.bin"], Names);
    }

    // Property: an existing file is refused and unchanged without overwrite, replaced with it.
    [Fact]
    public void Overwrites_only_when_told()
    {
        File.WriteAllText(PathOf("a"), "old");
        bool called = false;
        var error = Assert.Throws<DarkroomException>(() => AtomicFile.Write(PathOf("a"), overwrite: false, _ => called = true));
        Assert.Equal(ErrorKind.OutputFailed, error.Kind);
        Assert.False(called);
        Assert.Equal("old", File.ReadAllText(PathOf("a")));
        AtomicFile.Write(PathOf("a"), overwrite: true, s => Text(s, "new"));
        Assert.Equal("new", File.ReadAllText(PathOf("a")));
        Assert.Equal(["a"], Names);
    }

    // Property: a file that appears while ours is being written is not lost.
    [Fact]
    public void A_file_that_appears_meanwhile_is_kept()
    {
        Assert.Throws<DarkroomException>(() => AtomicFile.Write(PathOf("a"), overwrite: false, s =>
        {
            Text(s, "ours");
            File.WriteAllText(PathOf("a"), "theirs");
        }));
        Assert.Equal("theirs", File.ReadAllText(PathOf("a")));
        Assert.Equal(["a"], Names);
    }

    // Property: an error during writing leaves the old file as it was and nothing beside it, and passes through unless it is an I/O error.
    [Fact]
    public void A_failed_write_leaves_the_old_file()
    {
        File.WriteAllText(PathOf("a"), "old");
        Assert.Throws<OperationCanceledException>(() => AtomicFile.Write(PathOf("a"), overwrite: true, s =>
        {
            Text(s, "half");
            throw new OperationCanceledException();
        }));
        var error = Assert.Throws<DarkroomException>(() => AtomicFile.Write(PathOf("a"), overwrite: true, _ => throw new IOException("broken pipe")));
        Assert.Equal(ErrorKind.OutputFailed, error.Kind);
        Assert.Contains("broken pipe", error.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(PathOf("a")));
        Assert.Equal(["a"], Names);
    }

    // Property: a full disk is said to be full and leaves nothing at the final name.
    [Fact]
    public void A_full_disk_is_reported()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("/dev/full is a device of Linux");
        var error = Assert.Throws<DarkroomException>(() => AtomicFile.Write(PathOf("a"), overwrite: false, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write(new byte[10]);
        }));
        Assert.Equal(ErrorKind.OutputFailed, error.Kind);
        Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
        Assert.Empty(Names);
    }

    // Property: a folder at the final name, or no name at all, is refused.
    [Fact]
    public void A_folder_is_refused()
    {
        Directory.CreateDirectory(PathOf("folder"));
        foreach (string path in new[] { PathOf("folder"), PathOf("folder/") })
            Assert.Equal(ErrorKind.OutputFailed, Assert.Throws<DarkroomException>(() => AtomicFile.Write(path, overwrite: true, _ => { })).Kind);
    }

    // Property: many writers of one name lose no file: each gets a name of its own with its own bytes.
    [Fact]
    public async Task Concurrent_writers_get_names_of_their_own()
    {
        var writers = Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            (Path: AtomicFile.WriteNextFree(PathOf("p.png"), s => Text(s, $"{i}")), Text: $"{i}")));
        var written = await Task.WhenAll(writers);
        Assert.Equal(64, written.Select(w => w.Path).Distinct().Count());
        Assert.All(written, w => Assert.Equal(w.Text, File.ReadAllText(w.Path)));
        Assert.Equal(Enumerable.Range(0, 64).Select(i => i == 0 ? "p.png" : $"p-{i}.png").Order(StringComparer.Ordinal), Names);
    }

    // Property: of many writers that must not overwrite exactly one succeeds, and its bytes stay.
    [Fact]
    public async Task Of_concurrent_writers_of_one_name_one_succeeds()
    {
        var writers = Enumerable.Range(0, 32).Select(i => Task.Run(() =>
        {
            try
            {
                AtomicFile.Write(PathOf("one"), overwrite: false, s => Text(s, $"{i}"));
                return i;
            }
            catch (DarkroomException)
            {
                return -1;
            }
        }));
        int winner = Assert.Single(await Task.WhenAll(writers), i => i >= 0);
        Assert.Equal($"{winner}", File.ReadAllText(PathOf("one")));
        Assert.Equal(["one"], Names);
    }

    // Property: names of a series keep folder and extension.
    [Fact]
    public void Numbered_names()
    {
        Assert.Equal(Path.Combine("out", "apple-2.png"), FileNames.Numbered(Path.Combine("out", "apple.png"), 2));
        Assert.Equal("apple-0", FileNames.Numbered("apple", 0));
        File.WriteAllText(PathOf("a.png"), "");
        Assert.Equal(PathOf("b.png"), FileNames.NextFree(PathOf("b.png")));
        Assert.Equal(PathOf("a-1.png"), FileNames.NextFree(PathOf("a.png")));
    }
}
