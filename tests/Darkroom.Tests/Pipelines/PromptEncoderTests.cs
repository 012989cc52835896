using Darkroom.Guidance;
using Darkroom.Pipelines;
using Darkroom.Text.Prompts;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines;

public sealed class PromptEncoderTests : IDisposable
{
    private readonly StableDiffusionModel _model = StableDiffusionModel.Load(TinyModel.Folder, TinyModel.Options);
    private readonly List<Problem> _warnings = [];

    public void Dispose() => _model.Dispose();

    // Property: [a:b:0.5] over n evaluations is a up to and including number n / 2 (counted from 0), as in A1111, then b.
    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    public void Schedule_changes_the_context_at_its_evaluation(int steps)
    {
        using var scheduled = Encode("[apple:house:0.5]", steps);
        using var apple = Encode("apple", steps);
        using var house = Encode("house", steps);
        for (int evaluation = 0; evaluation < steps; evaluation++)
        {
            var expected = evaluation <= steps / 2 ? apple : house;
            Assert.True(Same(expected, scheduled, evaluation), $"evaluation {evaluation}");
        }
        Assert.False(Same(apple, scheduled, steps - 1));
    }

    // Property: the change reaches the network at that evaluation.
    [Fact]
    public void Schedule_changes_what_the_network_sees()
    {
        using var scheduled = Encode("[apple:house:0.5]", 6);
        var network = new FakeNetwork();
        network.Sample(scheduled, new GuidanceSettings(1, 0, GuidanceInterval.All, 1), steps: 6);
        Assert.Equal(6, network.Calls.Count);
        Assert.All(network.Calls[..4], call => Assert.Equal(network.Calls[0], call));
        Assert.All(network.Calls[4..], call => Assert.Equal(network.Calls[5], call));
        Assert.NotEqual(network.Calls[0], network.Calls[5]);
    }

    // Property: AND makes parts with their weights, each of which may change on its own; the negative prompt is not composed.
    [Fact]
    public void Composed_parts_change_on_their_own()
    {
        using var both = Encode("[apple:house:0.25] :1.5 AND [red:blue:0.75]", 8, "one AND two");
        Assert.Equal([1.5, 1.0], both.Positive(0).Select(part => part.Weight));
        foreach (var (evaluation, first, second) in new[] { (0, "apple", "red"), (4, "house", "red"), (7, "house", "blue") })
        {
            using var a = Encode(first, 8);
            using var b = Encode(second, 8);
            Assert.True(allclose(a.Positive(0)[0].Context, both.Positive(evaluation)[0].Context));
            // The weight's colon leaves a space, which is no token.
            Assert.True(allclose(b.Positive(0)[0].Context, both.Positive(evaluation)[1].Context));
        }
        using var negative = Encode("one AND two", 8, guided: false, syntax: PromptSyntax.Plain);
        Assert.True(allclose(negative.Positive(0)[0].Context, both.Negative(0)));
    }

    // Property: with the plain syntax AND and brackets are text: one prompt, one span, unweighted.
    [Fact]
    public void Plain_syntax_composes_nothing()
    {
        using var plain = Encode("[a:b:0.5] AND c :2", 8, syntax: PromptSyntax.Plain);
        Assert.Equal(1, Assert.Single(plain.Positive(0)).Weight);
        Assert.Same(plain.Positive(0), plain.Positive(7));
    }

    // Property: without guidance no negative prompt is encoded, except where the prompt is composed of differences to it.
    [Theory]
    [InlineData("a house", false)]
    [InlineData("a house AND a tree", true)]
    [InlineData("a house :1.2", true)]
    public void Negative_prompt_is_encoded_where_it_is_needed(string prompt, bool needed)
    {
        using var unguided = Encode(prompt, 4, guided: false);
        Assert.Equal(needed, unguided.HasNegative);
    }

    // Property: all contexts have the length of the longest, so that they fit into one batch.
    [Fact]
    public void Contexts_have_one_length()
    {
        using var uneven = Encode(string.Join(' ', Enumerable.Repeat("apple", 100)), 4, "blurry");
        Assert.Equal(2 * 77, uneven.Positive(0)[0].Context.shape[1]);
        Assert.Equal(2 * 77, uneven.Negative(0).shape[1]);
    }

    // Property: a truncated prompt is reported with the text that was left out.
    [Fact]
    public void Truncation_is_reported()
    {
        using var cut = Encode(string.Join(' ', Enumerable.Repeat("apple", 80)) + " zebra", 4, syntax: PromptSyntax.Plain);
        var problem = Assert.Single(_warnings);
        Assert.Contains("zebra", problem.What, StringComparison.Ordinal);
    }

    // Property: clip-skip changes the prompt's context; that of the negative prompt only with A1111's syntax.
    [Fact]
    public void Clip_skip_acts_on_the_negative_prompt_by_syntax()
    {
        foreach (var (syntax, same) in new[] { (PromptSyntax.Plain, true), (PromptSyntax.A1111, false) })
        {
            using var whole = Encode("apple", 4, "house", syntax: syntax);
            using var skipped = Encode("apple", 4, "house", syntax: syntax, clipSkip: 1);
            Assert.False(allclose(whole.Positive(0)[0].Context, skipped.Positive(0)[0].Context));
            Assert.Equal(same, allclose(whole.Negative(0), skipped.Negative(0)));
        }
    }

    private static bool Same(PromptConditioning a, PromptConditioning b, int evaluation) =>
        allclose(a.Positive(evaluation)[0].Context, b.Positive(evaluation)[0].Context);

    private PromptConditioning Encode(
        string prompt, int steps, string? negative = null, bool guided = true, PromptSyntax? syntax = null, int clipSkip = 0)
    {
        using var mode = inference_mode();
        var request = new TextToImageRequest(prompt) { NegativePrompt = negative, PromptSyntax = syntax ?? PromptSyntax.A1111, ClipSkip = clipSkip };
        return _model.WithTextEncoder((encoder, tokenizer) =>
            new PromptEncoder(encoder, tokenizer, _model.Precision).Encode(request, guided, steps, _warnings.Add));
    }
}
