using System.Diagnostics;

namespace Darkroom.Training.Data;

/// <summary>Loads batches on background threads ahead of the training, and gives them out in order.</summary>
/// <typeparam name="TSample">One sample.</typeparam>
public sealed class PrefetchingLoader<TSample> : IDisposable
{
    private readonly ISampleSequence<TSample> _samples;
    private readonly int _batchSize;
    private readonly Queue<Task<TSample[]>> _ahead = new();
    private readonly CancellationTokenSource _stop = new();
    private long _requested;

    /// <summary>Begins to load at once.</summary>
    /// <param name="samples">What to load; stays the caller's.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="position">Number of the first sample.</param>
    /// <param name="workers">Batches that are loaded at the same time.</param>
    public PrefetchingLoader(ISampleSequence<TSample> samples, int batchSize, long position = 0, int workers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(workers);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        (_samples, _batchSize, Position, _requested) = (samples, batchSize, position, position);
        for (int i = 0; i < workers + 1; i++) Request();
    }

    /// <summary>Number of the first sample that has not been given out: what a checkpoint stores.</summary>
    public long Position { get; private set; }

    /// <summary>How long <see cref="Next"/> has waited in all: 0 where loading keeps up.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The next batch; what loading it threw is thrown here.</summary>
    public TSample[] Next()
    {
        long started = Stopwatch.GetTimestamp();
        var batch = _ahead.Dequeue().GetAwaiter().GetResult();
        Waited += Stopwatch.GetElapsedTime(started);
        Position += _batchSize;
        Request();
        return batch;
    }

    /// <summary>Stops loading.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            Task.WaitAll([.. _ahead]);
        }
        catch (AggregateException)
        {
            // Batches that nobody will use: neither their cancellation nor their errors matter now.
        }
        _stop.Dispose();
    }

    private void Request()
    {
        long first = _requested;
        _requested += _batchSize;
        var cancelled = _stop.Token;
        _ahead.Enqueue(Task.Run(() =>
        {
            var batch = new TSample[_batchSize];
            for (int i = 0; i < batch.Length; i++)
            {
                cancelled.ThrowIfCancellationRequested();
                batch[i] = _samples[first + i];
            }
            return batch;
        }, cancelled));
    }
}
