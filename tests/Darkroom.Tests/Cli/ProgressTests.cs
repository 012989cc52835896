using Darkroom.Cli.Output;
using Darkroom.Cli.Output.Progress;

namespace Darkroom.Tests.Cli;

public class ProgressTests
{
    // Property: amount, rate and time left follow from the reports; a report never goes back or beyond the end.
    [Fact]
    public void Meter_describes_the_work()
    {
        var clock = new Clock();
        var meter = new ProgressMeter("sampling", 20, "step", clock);
        Assert.Equal("0/20 steps", meter.Describe());
        clock.Advance(4);
        meter.Report(1);
        Assert.Equal("1/20 steps, 0.25 it/s, 1m 16s left", meter.Describe());
        meter.Report(0);
        Assert.Equal(1, meter.Done);
        clock.Advance(76);
        meter.Report(99);
        Assert.Equal("20/20 steps in 1m 20s, 0.25 it/s", meter.Describe());
    }

    // Property: bytes are shown as sizes.
    [Fact]
    public void Meter_describes_bytes()
    {
        var clock = new Clock();
        var meter = new ProgressMeter("converting", 4_000_000_000, "B", clock);
        clock.Advance(2);
        meter.Report(1_000_000_000);
        Assert.Equal("1.00 GB/4.00 GB, 500.0 MB/s, 6.0s left", meter.Describe());
    }

    // Property: in a pipe there is a line at most every five seconds, and exactly one for the end.
    [Fact]
    public void Plain_lines_are_few()
    {
        var clock = new Clock();
        using var text = new StringWriter();
        var progress = new PlainProgress(new ProgressMeter("sampling", 100, "step", clock), text);
        for (int step = 1; step <= 100; step++)
        {
            clock.Advance(0.1);
            progress.Report(step);
        }
        progress.Report(100);
        var lines = text.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("sampling: 50/100 steps, 10 it/s", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("sampling: 100/100 steps in ", lines[1], StringComparison.Ordinal);
    }

    // Property: progress goes to stderr, and nowhere with --quiet or --json.
    [Theory]
    [InlineData(false, "Normal", true)]
    [InlineData(false, "Quiet", false)]
    [InlineData(true, "Normal", false)]
    public void Progress_keeps_to_stderr(bool json, string verbosity, bool seen)
    {
        using var results = new StringWriter();
        using var messages = new StringWriter();
        var output = new CommandOutput(results, messages, json, Enum.Parse<Verbosity>(verbosity), terminal: false);
        int value = output.WithProgress("sampling", 1, "step", progress =>
        {
            progress.Report(1);
            return 42;
        });
        Assert.Equal(42, value);
        Assert.Empty(results.ToString());
        Assert.Equal(seen, messages.ToString().Contains("1/1 step", StringComparison.Ordinal));
    }

    // Property: on a terminal the bar shows title and amount, and lines said meanwhile are kept.
    [Fact]
    public void Live_bar_shows_the_work()
    {
        using var results = new StringWriter();
        using var messages = new StringWriter();
        var output = new CommandOutput(results, messages, json: false, Verbosity.Normal, terminal: true);
        output.WithProgress("sampling", 2, "step", progress =>
        {
            output.Note("a note [in brackets]");
            progress.Report(2);
            return 0;
        });
        Assert.Contains("2/2 steps in ", messages.ToString(), StringComparison.Ordinal);
        Assert.Contains("sampling", messages.ToString(), StringComparison.Ordinal);
        Assert.Contains("a note [in brackets]", messages.ToString(), StringComparison.Ordinal);
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
    }
}
