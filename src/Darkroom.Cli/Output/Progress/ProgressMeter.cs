using System.Globalization;

namespace Darkroom.Cli.Output.Progress;

/// <summary>Knows how far some work is, how fast it goes, and when it will be done.</summary>
/// <param name="title">What is being done.</param>
/// <param name="total">How many units there are.</param>
/// <param name="unit">Name of one unit, such as "step"; "B" for bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressMeter(string title, long total, string unit, TimeProvider time)
{
    private const int Window = 16;
    private const string Bytes = "B";

    private readonly Lock _lock = new();
    private readonly long _started = time.GetTimestamp();
    private TimeSpan? _ended;
    private readonly Queue<(long Done, long At)> _recent = new([(0, time.GetTimestamp())]);

    public string Title { get; } = title;

    public long Total { get; set; } = total;

    public long Done { get; private set; }

    /// <summary>Since the beginning; stands still once all is done.</summary>
    public TimeSpan Elapsed => _ended ?? time.GetElapsedTime(_started);

    /// <summary>Units a second, over the latest reports, so that a slow first step does not spoil the estimate for long.</summary>
    public double? Rate
    {
        get
        {
            lock (_lock)
            {
                var (first, last) = (_recent.First(), _recent.Last());
                double seconds = time.GetElapsedTime(first.At, last.At).TotalSeconds;
                return last.Done > first.Done && seconds > 0 ? (last.Done - first.Done) / seconds : null;
            }
        }
    }

    public void Report(long done)
    {
        lock (_lock)
        {
            Done = Math.Clamp(done, Done, Total);
            _recent.Enqueue((Done, time.GetTimestamp()));
            if (_recent.Count > Window) _recent.Dequeue();
            _ended = Done < Total ? null : _ended ?? time.GetElapsedTime(_started);
        }
    }

    /// <summary>"7/20 steps, 0.15 it/s, 1m 27s left"; when all is done "20/20 steps in 2m 10s, 0.15 it/s".</summary>
    public string Describe()
    {
        string amount = unit == Bytes ? $"{Size(Done)}/{Size(Total)}" : $"{Done}/{Total} {unit}{(Total == 1 ? "" : "s")}";
        if (Done >= Total)
        {
            double overall = Total / Math.Max(Elapsed.TotalSeconds, 1e-9);
            return $"{amount} in {Duration(Elapsed)}, {Speed(overall)}";
        }
        return Rate is { } rate ? $"{amount}, {Speed(rate)}, {Duration(TimeSpan.FromSeconds((Total - Done) / rate))} left" : amount;
    }

    private string Speed(double rate) => unit == Bytes ? Size((long)rate) + "/s" : rate.ToString(rate < 10 ? "0.00" : "0", CultureInfo.InvariantCulture) + " it/s";

    private static string Size(long bytes) => bytes < 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB");

    private static string Duration(TimeSpan time) => time.TotalSeconds < 10
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0}s")
        : time.TotalMinutes < 1 ? $"{time.Seconds}s" : time.TotalHours < 1 ? $"{time.Minutes}m {time.Seconds:00}s" : $"{(long)time.TotalHours}h {time.Minutes:00}m";
}
