using Darkroom.Conditioning;
using Darkroom.Networks.TextEncoders;
using Darkroom.Runtime;
using Darkroom.Text;
using Darkroom.Text.Prompts;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>From the prompts of a request to what the network is conditioned on.</summary>
/// <param name="encoder">The text encoder.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="precision">What the text encoder computes in, for errors.</param>
internal sealed class PromptEncoder(ClipTextEncoder encoder, ITextTokenizer tokenizer, Precision precision)
{
    /// <summary>Encodes prompt and, where guidance or a composed prompt needs it, negative prompt.</summary>
    /// <param name="request">The prompts, their syntax and clip-skip.</param>
    /// <param name="guided">Whether the negative prompt is needed.</param>
    /// <param name="steps">How many evaluations a changing prompt is spread over.</param>
    /// <param name="warn">Told of every truncation and oddity.</param>
    /// <returns>The caller disposes it.</returns>
    public PromptConditioning Encode(GenerationRequest request, bool guided, int steps, Action<Problem> warn)
    {
        bool plain = request.PromptSyntax.Name == PromptSyntax.Plain.Name;
        var positive = Spans(request.Prompt, plain, steps);
        bool composed = positive.Any(span => span.Parts is not [{ Weight: 1 }]);
        var negative = guided || composed ? Spans(request.NegativePrompt ?? "", plain, steps, composed: false) : null;

        var texts = positive.Concat(negative ?? []).SelectMany(span => span.Parts.Select(part => part.Text)).Distinct().ToList();
        var tokenized = texts.ToDictionary(text => text, text => request.PromptSyntax.Tokenize(text, tokenizer));
        Report(tokenized.Values, warn);
        // All contexts get the same length, so that they fit into one batch.
        int chunks = tokenized.Values.Max(t => t.Chunks.Count);
        var contexts = new Dictionary<(string Text, int ClipSkip), Tensor>();
        try
        {
            // diffusers leaves clip-skip out of the negative prompt, AUTOMATIC1111 does not; the syntax says whose pictures are wanted.
            return new PromptConditioning(
                Conditioned(positive, request.ClipSkip), negative is null ? null : Conditioned(negative, plain ? 0 : request.ClipSkip));
        }
        catch
        {
            foreach (var context in contexts.Values) context.Dispose();
            throw;
        }

        List<ConditioningSpan> Conditioned(List<TextSpan> spans, int clipSkip) => [.. spans.Select(span =>
            new ConditioningSpan(span.Last, [.. span.Parts.Select(part => new WeightedContext(ContextOf(part.Text, clipSkip), part.Weight))]))];

        Tensor ContextOf(string text, int clipSkip) => contexts.TryGetValue((text, clipSkip), out var known) ? known
            : contexts[(text, clipSkip)] = Encode(tokenized[text].PadTo(chunks, tokenizer), clipSkip);
    }

    private sealed record TextSpan(int Last, IReadOnlyList<WeightedText> Parts);

    // A changing prompt becomes one span between any two changes of any of its AND parts.
    private static List<TextSpan> Spans(string prompt, bool plain, int steps, bool composed = true)
    {
        if (plain) return [new TextSpan(steps, [new WeightedText(prompt, 1)])];
        var parts = (composed ? PromptComposition.Parse(prompt) : [new WeightedText(prompt, 1)])
            .Select(part => (part.Weight, Texts: PromptSchedule.Parse(part.Text).Over(new ScheduleSteps { Steps = steps }))).ToList();
        return [.. parts.SelectMany(part => part.Texts.Select(text => text.LastStep)).Distinct().Order().Select(last => new TextSpan(
            last, [.. parts.Select(part => new WeightedText(part.Texts.First(text => last <= text.LastStep).Text, part.Weight))]))];
    }

    // [1, chunks * 77, D]; clip-skip n takes the hidden state n layers before the last, and the final norm is applied to it all the same.
    private Tensor Encode(TokenizedPrompt prompt, int clipSkip)
    {
        using var scope = NewDisposeScope();
        var rows = prompt.Chunks.Select(chunk =>
        {
            var ids = tensor(chunk.Ids.Select(id => (long)id).ToArray(), [1, chunk.Ids.Count]);
            var output = encoder.Encode(ids);
            var hidden = clipSkip == 0 ? output.LastHiddenState : encoder.Normalise(output.HiddenStates[^(clipSkip + 1)]);
            bool weighted = chunk.Weights.Any(weight => weight != 1);
            return weighted ? Emphasis.Original.Apply(hidden.to_type(ScalarType.Float32), [chunk.Weights]) : hidden.to_type(ScalarType.Float32);
        });
        var context = cat([.. rows], 1);
        FiniteCheck.Throw(context, "text encoder", precision);
        return context.DetachFromDisposeScope();
    }

    private static void Report(IEnumerable<TokenizedPrompt> prompts, Action<Problem> warn)
    {
        foreach (var prompt in prompts)
        {
            if (prompt.TruncatedText is { } rest)
            {
                warn(new Problem($"The prompt is longer than the text encoder reads; left out: \"{rest}\".", "prompt",
                    "The a1111 prompt syntax encodes long prompts in several chunks."));
            }
            foreach (string warning in prompt.Warnings) warn(new Problem(warning, "prompt"));
        }
    }
}
