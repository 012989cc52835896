using System.Text.RegularExpressions;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Architecture;

public partial class ArchitectureTests
{
    private const string SampleRoot = "Darkroom.Tests.Architecture.Sample";

    private static readonly Dictionary<string, FolderRule> SampleRules = new()
    {
        ["Schedules"] = new([], []),
        ["Samplers"] = new(["Schedules"], []),
    };

    // Property: no folder of the library uses what the table of the architecture does not allow it.
    [Fact]
    public void Folders_keep_to_the_table() =>
        Assert.Empty(FolderRules.Violations(TypeUses.Of(typeof(DarkroomException).Assembly.Location), "Darkroom", FolderRules.Library));

    // Property: the check finds a forbidden use wherever it hides, and a folder without a rule; it leaves allowed uses alone.
    [Fact]
    public void Violations_are_found()
    {
        var violations = FolderRules.Violations(TypeUses.Of(typeof(ArchitectureTests).Assembly.Location), SampleRoot, SampleRules);
        var expected = new[] { "InBase", "InField", "InLambda", "InAttribute", "InGenericCall" }
            .Select(name => $"{SampleRoot}.Schedules.{name} uses").Append($"{SampleRoot}.Schedules.InBody uses TorchSharp").ToList();
        Assert.All(expected, e => Assert.Contains(violations, v => v.StartsWith(e, StringComparison.Ordinal)));
        Assert.Contains("The folder Nowhere has no rule.", violations);
        Assert.All(violations, v => Assert.DoesNotContain("Samplers.Innocent uses", v, StringComparison.Ordinal));
    }

    // Property: the folder of a source file is its namespace, so that the rules hold for folders too.
    [Fact]
    public void Namespaces_follow_folders()
    {
        string source = Path.Combine(GoldenData.RepositoryRoot, "src", "Darkroom");
        var files = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(source, f).Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj")).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file =>
        {
            string folder = Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar)[0];
            string space = Namespace().Match(File.ReadAllText(file)).Groups[1].Value;
            Assert.True(folder == "Errors" ? space == "Darkroom" : space == $"Darkroom.{folder}" || space.StartsWith($"Darkroom.{folder}.", StringComparison.Ordinal),
                $"{file} has the namespace {space}");
        });
    }

    // Property: docs/architecture.md has a row for every folder of the library, and its last column is the rule.
    [Fact]
    public void The_documented_table_is_the_rule()
    {
        var rows = Row().Matches(File.ReadAllText(Path.Combine(GoldenData.RepositoryRoot, "docs", "architecture.md")))
            .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value == "nothing" ? [] : m.Groups[2].Value.Split(", "));
        string source = Path.Combine(GoldenData.RepositoryRoot, "src", "Darkroom");
        var folders = Directory.EnumerateDirectories(source).Where(f => Directory.EnumerateFiles(f, "*.cs", SearchOption.AllDirectories).Any())
            .Select(f => Path.GetFileName(f)).Where(f => f is not ("bin" or "obj"));
        Assert.Equal(folders.Order(), rows.Keys.Order());
        Assert.All(rows.Where(r => r.Key != "Errors"), row =>
            Assert.Equal([.. FolderRules.Library[row.Key].Folders, .. FolderRules.Library[row.Key].Packages], row.Value));
        Assert.Empty(rows["Errors"]);
    }

    [GeneratedRegex(@"^\| `(\w+)/` \|.*\| ([^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
