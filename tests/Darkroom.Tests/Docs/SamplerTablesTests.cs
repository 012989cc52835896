using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Docs;

public class SamplerTablesTests
{
    private const string Remedy =
        "docs/samplers.md is not what the code says. Write it anew with\n  DARKROOM_WRITE_DOCS=1 dotnet test -c Release -- --filter-class \"*SamplerTablesTests\"\nand commit it.";

    // Property: docs/samplers.md has every part that is made from the code, and each says what the code says.
    [Fact]
    public void The_document_says_what_the_code_says()
    {
        string path = Path.Combine(GoldenData.RepositoryRoot, "docs", "samplers.md");
        string document = File.ReadAllText(path);
        Assert.Equal(SamplerTables.Names.Order(), GeneratedParts.In(document).Order());
        string renewed = SamplerTables.Renew(document);
        if (Environment.GetEnvironmentVariable("DARKROOM_WRITE_DOCS") == "1") File.WriteAllText(path, renewed);
        else Assert.True(renewed == document.ReplaceLineEndings("\n"), Remedy);
    }

    // Property: a part that differs from the code is replaced, and the words around it stay.
    [Fact]
    public void Stale_parts_are_replaced()
    {
        const string Stale = "before\n<!-- made from the code: schedules -->\n| an old table |\n<!-- end -->\nafter\n";
        string renewed = SamplerTables.Renew(Stale);
        Assert.StartsWith("before\n<!-- made from the code: schedules -->\n| name |", renewed, StringComparison.Ordinal);
        Assert.Contains("| `karras` |", renewed, StringComparison.Ordinal);
        Assert.DoesNotContain("old table", renewed, StringComparison.Ordinal);
        Assert.EndsWith("|\n<!-- end -->\nafter\n", renewed, StringComparison.Ordinal);
        Assert.Equal(renewed, SamplerTables.Renew(renewed));
    }
}
