using System.Text.RegularExpressions;
using Darkroom.Cli.Output;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Docs;

public partial class DocumentTests
{
    private static readonly string[] OtherNamesOfSh = ["", "bash", "shell", "console", "zsh"];

    public static TheoryData<string> Documents => [.. MarkdownDocument.All.Select(p => Path.GetRelativePath(GoldenData.RepositoryRoot, p))];

    // Property: every command of a document runs and ends well, in the order in which a reader meets it, and makes the pictures that the document shows.
    [Theory]
    [MemberData(nameof(Documents))]
    public void Commands_run(string document)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        using var runner = new CommandRunner();
        foreach (var block in Read(document).Blocks.Where(b => b.Language == "sh" && b.SkipReason is null)) runner.Run(document, block);
        DocumentPictures.Check(Path.Combine(GoldenData.RepositoryRoot, document), runner.Work);
    }

    // Property: every block of C# in a document is compiled, as a region of Snippets.cs.
    [Theory]
    [MemberData(nameof(Documents))]
    public void Code_compiles(string document)
    {
        var snippets = new SnippetFile(File.ReadAllText(Path.Combine(GoldenData.RepositoryRoot, "tests", "Darkroom.Tests", "Docs", "Snippets.cs")));
        Assert.All(Read(document).Blocks.Where(b => b.Language is "csharp" or "cs" or "c#"), block =>
            Assert.True(snippets.Holds(block.Text), $"{document}:{block.Line}: no region of Docs/Snippets.cs is\n{block.Text}"));
    }

    // Property: commands are written in blocks that are run, and only commands can be skipped.
    [Theory]
    [MemberData(nameof(Documents))]
    public void Commands_stand_in_sh_blocks(string document) => Assert.All(Read(document).Blocks, block =>
    {
        Assert.False(OtherNamesOfSh.Contains(block.Language), $"{document}:{block.Line}: write ```sh for commands, or ```text");
        Assert.True(block.SkipReason is null || block.Language == "sh", $"{document}:{block.Line}: only sh blocks are run, so only they can be skipped");
    });

    // Property: links between documents and to files of the repository lead somewhere.
    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        string path = Path.Combine(GoldenData.RepositoryRoot, document);
        Assert.All(Link().Matches(File.ReadAllText(path)).Select(m => m.Groups[1].Value).Where(l => !l.Contains("://", StringComparison.Ordinal)), link =>
            Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, link)), $"{document}: {link} does not exist"));
    }

    // Property: files and folders of the repository that a document names in code are there.
    [Theory]
    [MemberData(nameof(Documents))]
    public void Paths_exist(string document) => Assert.All(RepositoryPath().Matches(File.ReadAllText(Path.Combine(GoldenData.RepositoryRoot, document))), path =>
        Assert.True(Path.Exists(Path.Combine(GoldenData.RepositoryRoot, path.Groups[1].Value)), $"{document}: {path.Groups[1].Value} does not exist"));

    // Property: a command that fails, anywhere in a block, fails the test.
    [Theory]
    [InlineData("darkroom frobnicate", false)]
    [InlineData("darkroom frobnicate\ndarkroom config", false)]
    [InlineData("darkroom frobnicate | cat", false)]
    [InlineData("dotnet test", false)]
    [InlineData("darkroom config > settings.txt\ntest -s settings.txt\ntest -d src", true)]
    [InlineData("dotnet run -c Release --project src/Darkroom.Cli -- config", true)]
    public void Failing_commands_are_found(string commands, bool ends)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        using var runner = new CommandRunner();
        var block = new MarkdownBlock("sh", null, 1, commands);
        if (ends) runner.Run("synthetic.md", block);
        else Assert.Throws<InvalidOperationException>(() => runner.Run("synthetic.md", block));
    }

    // Property: blocks are found with their language, their reason to be skipped and their line, indented ones too.
    [Fact]
    public void Blocks_are_found()
    {
        var document = MarkdownDocument.Parse("x.md", "a\n```sh\none\n```\n- b\n  ```sh skip=\"no network\"\n  two\n  three\n  ```\n```csharp\nfour\n```\n");
        Assert.Equal(
            [new("sh", null, 2, "one"), new("sh", "no network", 6, "two\nthree"), new("csharp", null, 10, "four")], document.Blocks);
    }

    // Property: a block of C# is held by a file with its using lines and its code as a region, whatever the indentation, and by no other.
    [Fact]
    public void Snippets_are_compared()
    {
        var file = new SnippetFile("using System.IO;\n\nclass C\n{\n    #region one\n    if (a)\n        b();\n    #endregion\n}\n");
        Assert.True(file.Holds("using System.IO;\n\nif (a)\n    b();\n"));
        Assert.True(file.Holds("if (a)\n    b();"));
        Assert.False(file.Holds("if (a)\n    c();"));
        Assert.False(file.Holds("using System.Text;\n\nif (a)\n    b();"));
        Assert.False(file.Holds("b();"));
    }

    // Property: docs/exit-codes.md names every exit code, with the sentence that help gives, and no other.
    [Fact]
    public void Exit_codes_are_documented()
    {
        var rows = ExitCodeRow().Matches(File.ReadAllText(Path.Combine(GoldenData.RepositoryRoot, "docs", "exit-codes.md")))
            .Select(m => (int.Parse(m.Groups[1].Value), m.Groups[2].Value.Trim(), m.Groups[3].Value.Trim()));
        Assert.Equal(Enum.GetValues<ExitCode>().Select(c => ((int)c, c.ToString(), ExitCodes.Describe(c))), rows);
    }

    private static MarkdownDocument Read(string document) => MarkdownDocument.Read(Path.Combine(GoldenData.RepositoryRoot, document));

    [GeneratedRegex(@"^\| (\d+) \| (\w+) \|(.*)\|$", RegexOptions.Multiline)]
    private static partial Regex ExitCodeRow();

    [GeneratedRegex(@"`((?:src|tests|docs|data|build|\.ci)/[\w./-]*)`")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();
}
