using System.Text.Json;

namespace Darkroom.Tests.Cli;

public class SettingsTests
{
    private static readonly string Threads = "threads";

    // Property: command line before environment before file of the folder before file of the user before built-in default.
    [Theory]
    [InlineData(true, true, true, true, 1)]
    [InlineData(false, true, true, true, 2)]
    [InlineData(false, false, true, true, 3)]
    [InlineData(false, false, false, true, 4)]
    public void Sources_come_in_order(bool commandLine, bool environment, bool folderFile, bool userFile, int expected)
    {
        using var folder = new TemporaryFolder();
        if (folderFile) File.WriteAllText(folder.File("darkroom.json"), """{ "threads": 3 }""");
        Directory.CreateDirectory(folder.File("user/darkroom"));
        if (userFile) File.WriteAllText(folder.File("user/darkroom/darkroom.json"), """{ "threads": 4 }""");
        var variables = new Dictionary<string, string?>
        {
            ["XDG_CONFIG_HOME"] = folder.File("user"),
            ["DARKROOM_THREADS"] = environment ? "2" : null,
        };
        var result = DarkroomProcess.Run(["doctor", "--json", .. commandLine ? ["--threads", "1"] : Array.Empty<string>()], folder.Path, variables);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(expected, result.Json.GetProperty("speed").GetProperty("threads").GetInt32());
    }

    // Property: within one source, what is said for one command comes before what is said for all.
    [Fact]
    public void The_command_comes_before_all_commands()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("darkroom.json"), """{ "threads": 3, "doctor": { "threads": 5 } }""");
        Assert.Equal("5", InForce(folder, []));
        Assert.Equal("6", InForce(folder, new() { ["DARKROOM_THREADS"] = "6" }));
        Assert.Equal("7", InForce(folder, new() { ["DARKROOM_THREADS"] = "6", ["DARKROOM_DOCTOR_THREADS"] = "7" }));
    }

    // Property: unknown keys, unknown commands, wrong kinds of values and broken JSON are errors that name file and remedy.
    [Theory]
    [InlineData("""{ "thraeds": 3 }""", "Did you mean threads?")]
    [InlineData("""{ "docter": { "threads": 3 } }""", "Did you mean doctor?")]
    [InlineData("""{ "doctor": { "thread": 3 } }""", "Did you mean threads?")]
    [InlineData("""{ "threads": [3] }""", "neither a text, a number")]
    [InlineData("""{ "threads": 1, "threads": 2 }""", "cannot be read")]
    [InlineData("""{ "threads": 3""", "cannot be read")]
    [InlineData("[]", "one JSON object")]
    public void Wrong_files_are_refused(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("darkroom.json"), json);
        var result = DarkroomProcess.Run(["config"], folder.Path);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Contains("darkroom.json", result.Error, StringComparison.Ordinal);
    }

    // Property: a wrong value says which variable or file it comes from.
    [Fact]
    public void Wrong_values_name_their_source()
    {
        using var folder = new TemporaryFolder();
        var result = DarkroomProcess.Run(["doctor"], folder.Path, new Dictionary<string, string?> { ["DARKROOM_THREADS"] = "many" });
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--threads: 'many' is not a whole number. It comes from DARKROOM_THREADS.", result.Error, StringComparison.Ordinal);
    }

    // Property: a flag with a value that is neither true nor false is refused, wherever it comes from, and never taken for another word.
    [Theory]
    [InlineData("quiet")]
    [InlineData("json")]
    [InlineData("verbose")]
    public void Wrong_flags_are_refused(string flag)
    {
        using var folder = new TemporaryFolder();
        var variable = DarkroomProcess.Run(["config"], folder.Path, new Dictionary<string, string?> { ["DARKROOM_" + flag.ToUpperInvariant()] = "maybe" });
        File.WriteAllText(folder.File("darkroom.json"), $$"""{ "{{flag}}": "maybe" }""");
        var file = DarkroomProcess.Run(["config"], folder.Path);
        var word = DarkroomProcess.Run("completion", $"--{flag}=maybe");
        Assert.All([variable, file, word], result =>
        {
            Assert.Equal(2, result.ExitCode);
            Assert.Contains($"--{flag}", result.Error, StringComparison.Ordinal);
            Assert.Contains("'maybe' is neither true nor false.", result.Error, StringComparison.Ordinal);
        });
    }

    // Property: help is shown whatever the configuration says.
    [Fact]
    public void Help_does_not_depend_on_settings()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("darkroom.json"), "broken");
        var result = DarkroomProcess.Run(["doctor", "--help"], folder.Path, new Dictionary<string, string?> { ["DARKROOM_THREADS"] = "many" });
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("--threads", result.Output, StringComparison.Ordinal);
    }

    // Property: what config lists is what is in force, with its source.
    private static string InForce(TemporaryFolder folder, Dictionary<string, string?> environment)
    {
        var result = DarkroomProcess.Run(["config", "--json"], folder.Path, environment);
        Assert.Equal(0, result.ExitCode);
        JsonElement entry = result.Json.GetProperty("settings").EnumerateArray().First(e =>
            e.GetProperty("command").GetString() == "darkroom doctor" && e.GetProperty("key").GetString() == Threads);
        return entry.GetProperty("value").GetString()!;
    }
}
