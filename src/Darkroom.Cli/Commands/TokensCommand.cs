using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Text;
using Darkroom.Text.Prompts;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom tokens: how a prompt splits into parts, texts, chunks and tokens.</summary>
internal sealed class TokensCommand : CliCommand
{
    private readonly Argument<string?> _prompt = CliArguments.OptionalText("PROMPT", "The prompt; left out with --jsonl.");

    private readonly CliOption<string> _tokenizer = CliOptions.Choice("--tokenizer",
        "clip: Stable Diffusion 1 and SDXL's first encoder. openclip: Stable Diffusion 2 and SDXL's second. bert: the first latent-diffusion model.",
        "clip", "clip", "openclip", "bert");

    private readonly CliOption<string> _cleaning = CliOptions.Choice("--cleaning",
        "How clip cleans text: as transformers 5 and diffusers do, as A1111 with ftfy, or as older transformers without ftfy.",
        "transformers", "transformers", "ftfy", "basic");

    private readonly CliOption<string> _syntax = CliOptions.Choice("--prompt-syntax",
        "a1111: (weights:1.3), [schedules:5], AND, BREAK, chunks of 75. plain: all text counts alike, and what exceeds 75 tokens is cut off.",
        "a1111", "plain", "a1111");

    private readonly CliOption<int> _steps = CliOptions.Integer("--steps", "N", "Steps that schedules in the prompt are spread over.", 20, 1, 1000);

    private readonly CliOption<bool> _jsonl = CliOptions.Flag("--jsonl",
        "Read lines of {\"text\": \"...\"} from stdin and write a line of {\"ids\": [...]} for each, with start and end; openclip and bert cut them at 77.",
        configurable: false);

    public TokensCommand() : base("tokens", "Show how a prompt splits: chunks, tokens, ids and weights.")
    {
        Add(_prompt);
        Add(_tokenizer);
        Add(_cleaning);
        Add(_syntax);
        Add(_steps);
        Add(_jsonl);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom tokens \"a (red:1.3) apple on a table\"", "tokens and weights"),
        new("darkroom tokens --prompt-syntax plain --json \"a red apple\"", "for a script, as diffusers reads it"),
        new("darkroom tokens --tokenizer openclip --jsonl < prompts.jsonl", "ids of many texts"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var tokenizer = Tokenizer(context);
        if (context.Get(_jsonl))
        {
            WriteLines(context, tokenizer, longest: context.Get(_tokenizer) == "clip" ? null : tokenizer.RowLength);
            return ExitCode.Success;
        }
        string prompt = context.Get(_prompt) ?? throw new DarkroomException(ErrorKind.InvalidRequest, "There is no prompt.",
            remedy: "Give one in quotation marks, or --jsonl to read many from stdin.");
        var syntax = PromptSyntax.Named(context.Get(_syntax));
        List<Entry> texts = [.. Texts(prompt, syntax, context.Get(_steps))
            .Select(text => Entry.Of(text.Text, text.Weight, text.Until, syntax.Tokenize(text.Text, tokenizer), tokenizer))];
        foreach (var entry in texts)
        {
            if (entry.TruncatedText is { } cut)
                context.Output.Warn(new Problem($"The prompt is longer than a row of the text encoder; cut off: \"{cut}\".", "PROMPT",
                    "The prompt syntax a1111 reads prompts of any length."));
            foreach (string warning in entry.Warnings) context.Output.Warn(new Problem(warning, "PROMPT"));
        }
        context.Output.Result(new Report(context.Get(_tokenizer), syntax.Name, texts), writer => Write(writer, texts));
        return ExitCode.Success;
    }

    private ITextTokenizer Tokenizer(CommandContext context) => context.Get(_tokenizer) switch
    {
        "openclip" => ClipTokenizer.OpenClip,
        "bert" => WordPieceTokenizer.Bert,
        _ => new ClipTokenizer(BpeVocabulary.Clip, Enum.Parse<TextCleaning>(context.Get(_cleaning), ignoreCase: true)),
    };

    /// <summary>The texts that a prompt stands for: parts joined with AND, each over the steps.</summary>
    private static IEnumerable<(string Text, double Weight, int? Until)> Texts(string prompt, PromptSyntax syntax, int steps)
    {
        if (syntax.Name == PromptSyntax.Plain.Name) return [(prompt, 1, null)];
        return PromptComposition.Parse(prompt).SelectMany(part =>
        {
            var scheduled = PromptSchedule.Parse(part.Text).Over(new ScheduleSteps { Steps = steps });
            return scheduled.Select(text => (text.Text, part.Weight, scheduled.Count > 1 ? text.LastStep : (int?)null));
        });
    }

    private static void WriteLines(CommandContext context, ITextTokenizer tokenizer, int? longest)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        for (int number = 1; input.ReadLine() is { } line; number++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            if (line.Length == 0) continue;
            int[] ids = tokenizer.Encode(TextOf(line, number), longest);
            context.Output.Results.WriteLine($"{{\"ids\":[{string.Join(',', ids.Select(id => id.ToString(CultureInfo.InvariantCulture)))}]}}");
        }
        context.Output.Results.Flush();
    }

    private static string TextOf(string line, int number)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"stdin, line {number}");
        try
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("text", out var text)
                && text.ValueKind == JsonValueKind.String)
                return text.GetString()!;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)    // the latter: half of a surrogate pair
        {
            throw new DarkroomException(ErrorKind.BadFile, $"The line is not valid JSON: {wrong.Message}", where, inner: wrong);
        }
        throw new DarkroomException(ErrorKind.BadFile, "The line has no text.", where, "Each line should read {\"text\": \"...\"}.");
    }

    private static void Write(TextWriter writer, List<Entry> texts)
    {
        foreach (var entry in texts)
        {
            string weight = entry.Weight == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", weight {entry.Weight:G6}");
            string until = entry.UntilStep is { } step ? string.Create(CultureInfo.InvariantCulture, $", until step {step}") : "";
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"\"{entry.Text}\": {Counted(entry.TokenCount, "token")} in {Counted(entry.Chunks.Count, "chunk")}{weight}{until}"));
            foreach (var chunk in entry.Chunks)
            {
                foreach (var token in chunk.Tokens)
                    writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"{token.Position,5} {token.Id,6}  {token.Text}{(token.Weight == 1 ? "" : "  x ")}{(token.Weight == 1 ? "" : token.Weight.ToString("G6", CultureInfo.InvariantCulture))}"));
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"      padding: {chunk.Ids.Count - chunk.Tokens.Count}"));
            }
        }
    }

    private static string Counted(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    private sealed record Report(string Tokenizer, string PromptSyntax, IReadOnlyList<Entry> Texts);

    private sealed record Token(int Position, int Id, string Text, string Word, double Weight);

    private sealed record Chunk(IReadOnlyList<int> Ids, IReadOnlyList<double> Weights, IReadOnlyList<Token> Tokens);

    private sealed record Entry(
        string Text, double Weight, int? UntilStep, int TokenCount, string? TruncatedText, IReadOnlyList<string> Warnings, IReadOnlyList<Chunk> Chunks)
    {
        public static Entry Of(string text, double weight, int? untilStep, TokenizedPrompt prompt, ITextTokenizer tokenizer) => new(
            text, weight, untilStep, prompt.TokenCount, prompt.TruncatedText, prompt.Warnings, [.. prompt.Chunks.Select(chunk => new Chunk(
                chunk.Ids, chunk.Weights, [.. Enumerable.Range(0, chunk.Ids.Count).Where(at => chunk.WordOf[at] >= 0).Select(at => new Token(
                    at, chunk.Ids[at], tokenizer.Decode([chunk.Ids[at]]), prompt.Words[chunk.WordOf[at]], chunk.Weights[at]))]))]);
    }
}
