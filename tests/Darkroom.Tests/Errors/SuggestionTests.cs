using CsCheck;

namespace Darkroom.Tests.Errors;

public class SuggestionTests
{
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
