namespace Darkroom.Tests.Cli;

public class MistypedWordsTests
{
    // Property: a mistyped command, option or value is refused with exit code 2 and the name that was meant.
    [Theory]
    [InlineData("confg", "Did you mean config?")]
    [InlineData("config --quite", "Did you mean --quiet?")]
    [InlineData("config --jsno=true", "Did you mean --json?")]
    [InlineData("completion bsh", "Did you mean bash?")]
    public void Mistyped_words_are_answered_with_a_suggestion(string line, string suggestion)
    {
        var result = DarkroomProcess.Run(line.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains(suggestion, result.Error, StringComparison.Ordinal);
    }

    // Property: all mistakes of a command line are reported, not only the first.
    [Fact]
    public void Every_mistake_is_reported()
    {
        string error = DarkroomProcess.Run("config", "--quite", "--jsn").Error;
        Assert.Contains("--quite", error, StringComparison.Ordinal);
        Assert.Contains("--jsn", error, StringComparison.Ordinal);
    }
}
