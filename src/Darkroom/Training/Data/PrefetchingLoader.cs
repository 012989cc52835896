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
    private readonly ReaderWriterLockSlim _gate = new(); // read by those who load, written by who holds them up
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
        var next = _ahead.Dequeue();
        if (!next.IsCompleted) LoadDuring(() => Task.WaitAny(next));
        var batch = next.GetAwaiter().GetResult();
        Waited += Stopwatch.GetElapsedTime(started);
        Position += _batchSize;
        Request();
        return batch;
    }

    /// <summary>From here on nothing is loaded but while this thread waits in <see cref="Next"/> or is in <see cref="LoadDuring"/>, until the result is disposed.</summary>
    /// <remarks>
    /// TorchSharp frees the number of an operation such as x * 0.5 (and the 1 of x + y) when it is collected, even while the operation still reads it. A collection
    /// that another thread's allocations start can therefore break an operation at any time; one that this thread's own start can't. So a thread that
    /// computes for hours holds up those that load, and lets them load where no such number is in use: in the backward pass. Concurrent collections would still
    /// do harm, so the programs switch them off (Directory.Build.props).
    /// </remarks>
    internal IDisposable Hold()
    {
        _gate.EnterWriteLock();
        return new Held(_gate);
    }

    /// <summary>Does some work, and lets batches be loaded meanwhile.</summary>
    internal void LoadDuring(Action work)
    {
        bool held = _gate.IsWriteLockHeld;
        if (held) _gate.ExitWriteLock();
        try
        {
            work();
        }
        finally
        {
            if (held) _gate.EnterWriteLock();
        }
    }

    /// <summary>Stops loading.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        try
        {
            LoadDuring(() => Task.WaitAll([.. _ahead]));
        }
        catch (AggregateException)
        {
            // Batches that nobody will use: neither their cancellation nor their errors matter now.
        }
        _stop.Dispose();
        _gate.Dispose();
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
                _gate.EnterReadLock();
                try
                {
                    batch[i] = _samples[first + i];
                }
                finally
                {
                    _gate.ExitReadLock();
                }
            }
            return batch;
        }, cancelled));
    }

    private sealed class Held(ReaderWriterLockSlim gate) : IDisposable
    {
        public void Dispose() => gate.ExitWriteLock();
    }
}
