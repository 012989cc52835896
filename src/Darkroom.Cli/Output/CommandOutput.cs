using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Darkroom.Cli.Output.Progress;

namespace Darkroom.Cli.Output;

/// <summary>
/// Where a command says things: results go to stdout, everything else (progress, notes, warnings, errors) to stderr.
/// With --json the result is one JSON document on stdout, and warnings and errors are one JSON document a line on stderr.
/// </summary>
internal sealed class CommandOutput(TextWriter results, TextWriter messages, bool json, Verbosity verbosity, bool terminal)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly JsonSerializerOptions Indented = new(Format) { WriteIndented = true };

    private volatile LiveProgress? _live;

    /// <summary>Where results go: stdout.</summary>
    public TextWriter Results { get; } = results;

    /// <summary>Where everything else goes: stderr.</summary>
    public TextWriter Messages { get; } = messages;

    public bool Json { get; } = json;

    public Verbosity Verbosity { get; } = verbosity;

    /// <summary>
    /// Writes a command's result: <paramref name="value"/> as JSON (property names in snake_case) with --json, else what
    /// <paramref name="text"/> writes.
    /// </summary>
    public void Result<T>(T value, Action<TextWriter> text)
    {
        if (Json) Results.WriteLine(JsonSerializer.Serialize(value, Indented));
        else text(Results);
        Results.Flush();
    }

    /// <summary>Says something in passing; not with --quiet or --json.</summary>
    public void Note(string message)
    {
        if (!Json && Verbosity >= Verbosity.Normal) Say(message);
    }

    /// <summary>Says something that only helps in finding out what happens; with --verbose.</summary>
    public void Detail(string message)
    {
        if (!Json && Verbosity >= Verbosity.Verbose) Say(message);
    }

    /// <summary>
    /// Does some work and shows how far it is: a live bar on a terminal, a line now and then in a pipe, nothing with --quiet or --json.
    /// </summary>
    /// <param name="title">What is being done, such as "sampling".</param>
    /// <param name="total">How many units there are.</param>
    /// <param name="unit">Name of one unit, such as "step"; "B" for bytes.</param>
    /// <param name="work">The work; it reports how many units are done.</param>
    public T WithProgress<T>(string title, long total, string unit, Func<IWorkProgress, T> work)
    {
        var meter = new ProgressMeter(title, total, unit, TimeProvider.System);
        if (Json || Verbosity == Verbosity.Quiet) return work(new Unseen());
        if (!terminal) return work(new PlainProgress(meter, Messages));
        _live = new LiveProgress(Messages);
        try
        {
            return _live.Run(meter, work);
        }
        finally
        {
            _live = null;
        }
    }

    /// <summary>Says what a person should know although the work goes on; said with --quiet too.</summary>
    public void Warn(Problem problem)
    {
        if (Json) Say(JsonSerializer.Serialize(new { Warning = problem }, Format));
        else WriteProblem("warning", problem);
    }

    /// <summary>Says why the command failed: every problem, what, where and what to do.</summary>
    public void Error(string kind, ExitCode code, IReadOnlyList<Problem> problems, Exception? cause)
    {
        if (Json)
        {
            Say(JsonSerializer.Serialize(
                new { Error = new { Kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(kind), ExitCode = (int)code, Problems = problems } }, Format));
            return;
        }
        foreach (var problem in problems) WriteProblem("error", problem);
        if (Verbosity >= Verbosity.Verbose && cause is not null) Say(cause.ToString());
    }

    // While a bar is drawn, lines go above it.
    private void Say(string line)
    {
        if (_live is { } live) live.WriteLine(line);
        else Messages.WriteLine(line);
    }

    private sealed class Unseen : IWorkProgress
    {
        public void Expect(long total)
        {
        }

        public void Report(long value)
        {
        }
    }

    private void WriteProblem(string label, Problem problem)
    {
        Say($"{label}: {(problem.Where is null ? "" : problem.Where + ": ")}{problem.What}");
        if (problem.Remedy is not null) Say($"  {problem.Remedy}");
    }
}
