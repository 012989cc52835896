using System.Diagnostics;

namespace Darkroom.Tests.Cli;

public class CompletionTests
{
    // Property: commands, options and values are completed at the end of a line, and hidden commands are not.
    [Theory]
    [InlineData("darkroom ", "doctor", "complete")]
    [InlineData("darkroom doc", "doctor", "config")]
    [InlineData("darkroom doctor --th", "--threads", "--json")]
    [InlineData("darkroom completion ", "fish", "--json")]
    [InlineData("darkroom txt2img \"a red apple\" --dtype b", "bf16", "f16")]
    [InlineData("darkroom train auto", "autoencoder", "doctor")]
    public void Words_are_completed(string line, string offered, string absent)
    {
        var result = DarkroomProcess.Run("complete", "--", line);
        Assert.Equal(0, result.ExitCode);
        var words = result.Output.Split('\n').Select(l => l.Split('\t')[0]).ToList();
        Assert.Contains(offered, words);
        Assert.DoesNotContain(absent, words);
    }

    // Property: where a file may stand nothing is offered, so that the shell offers files.
    [Theory]
    [InlineData("darkroom txt2img x --model ")]
    [InlineData("darkroom png-info ")]
    [InlineData("darkroom png-info d")]
    public void Files_are_left_to_the_shell(string line) => Assert.Empty(DarkroomProcess.Run("complete", "--", line).Output);

    // Property: commands and options come with their descriptions.
    [Fact]
    public void Words_have_descriptions() =>
        Assert.Contains("\nconfig\tShow the defaults", "\n" + DarkroomProcess.Run("complete", "--", "darkroom con").Output, StringComparison.Ordinal);

    // Property: the bash script, run by bash, completes a command, an option and a value.
    [Theory]
    [InlineData("darkroom doc", "doctor")]
    [InlineData("darkroom doctor --thr", "--threads")]
    [InlineData("darkroom completion fi", "fish")]
    public void Bash_completes(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        using var folder = new TemporaryFolder();
        string program = folder.File("darkroom");
        File.WriteAllText(program, $"#!/bin/bash\nexec '{DarkroomProcess.DotnetPath}' '{Path.Combine(AppContext.BaseDirectory, "Darkroom.Cli.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string script = $$"""
            PATH='{{folder.Path}}':$PATH
            source <(darkroom completion bash)
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{line}}) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _darkroom
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        using var bash = Process.Start(DarkroomProcess.StartInfo("/bin/bash", ["-c", script], folder.Path))!;
        Assert.Equal(expected, bash.StandardOutput.ReadToEnd().Trim());
        bash.WaitForExit();
    }

    // Property: each shell gets a script that asks darkroom itself.
    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    [InlineData("pwsh")]
    public void Every_shell_has_a_script(string shell)
    {
        string script = DarkroomProcess.Run("completion", shell).Output;
        Assert.Contains("complete -- ", script, StringComparison.Ordinal);
        Assert.Equal(script.TrimEnd(), DarkroomProcess.Run("completion", shell, "--json").Json.GetProperty("script").GetString()!.TrimEnd());
    }
}
