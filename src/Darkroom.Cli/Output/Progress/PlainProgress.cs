namespace Darkroom.Cli.Output.Progress;

/// <summary>Progress as lines of text, for pipes and log files: at most one in a few seconds, and one at the end.</summary>
internal sealed class PlainProgress(ProgressMeter meter, TextWriter writer) : IWorkProgress
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private TimeSpan _next = Interval;

    public void Expect(long total) => meter.Total = total;

    public void Report(long value)
    {
        bool wasDone = meter.Done >= meter.Total;
        meter.Report(value);
        bool done = meter.Done >= meter.Total;
        if (wasDone || (!done && meter.Elapsed < _next)) return;
        _next = meter.Elapsed + Interval;
        writer.WriteLine($"{meter.Title}: {meter.Describe()}");
    }
}
