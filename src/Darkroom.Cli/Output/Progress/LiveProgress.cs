using Spectre.Console;
using Spectre.Console.Rendering;

namespace Darkroom.Cli.Output.Progress;

/// <summary>Progress as a bar that redraws itself in a terminal.</summary>
internal sealed class LiveProgress(TextWriter writer)
{
    // The caller has found out that this is a terminal; only on Windows does it still matter which one.
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = OperatingSystem.IsWindows() ? AnsiSupport.Detect : AnsiSupport.Yes,
        Interactive = InteractionSupport.Yes,
    });

    public T Run<T>(ProgressMeter meter, Func<IWorkProgress, T> work) =>
        _console.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new MeterColumn(meter))
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(meter.Title), autoStart: true, maxValue: meter.Total);
                return work(new Line(meter, task));
            });

    /// <summary>Writes a line above the bar.</summary>
    public void WriteLine(string line) => _console.Write(new Spectre.Console.Text(line + "\n"));

    private sealed class Line(ProgressMeter meter, ProgressTask task) : IWorkProgress
    {
        public void Expect(long total) => task.MaxValue = meter.Total = total;

        public void Report(long value)
        {
            meter.Report(value);
            task.Value = meter.Done;
        }
    }

    private sealed class MeterColumn(ProgressMeter meter) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Spectre.Console.Text(meter.Describe());
    }
}
