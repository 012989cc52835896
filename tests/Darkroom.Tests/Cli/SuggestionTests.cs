using CsCheck;
using Darkroom.Cli.Hosting;

namespace Darkroom.Tests.Cli;

public class SuggestionTests
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

    // Property: nothing is suggested for a word that resembles none.
    [Fact]
    public void No_suggestion_for_an_unrelated_word() => Assert.Null(Suggestion.For("xyzzy", ["txt2img", "convert", "doctor"]));

    // Property: the distance is a symmetric distance that is at most the longer length, and 1 for two swapped letters.
    [Fact]
    public void Distance_is_a_distance()
    {
        Gen.Select(Gen.String[Gen.Char['a', 'd'], 0, 8], Gen.String[Gen.Char['a', 'd'], 0, 8]).Sample((a, b) =>
        {
            int distance = Suggestion.Distance(a, b);
            return distance == Suggestion.Distance(b, a) && (distance == 0) == (a == b) && distance <= Math.Max(a.Length, b.Length);
        });
        Assert.Equal(1, Suggestion.Distance("setps", "steps"));
        Assert.Equal(3, Suggestion.Distance("kitten", "sitting"));
    }
}
