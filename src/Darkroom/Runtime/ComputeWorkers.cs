using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Darkroom.Runtime;

/// <summary>
/// Threads on which torch's operations run on one core each, so that a computation can be divided by its own parts (heads, rows) instead of by torch
/// operation by operation. They sleep while there is nothing to do.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "Its threads wait on the semaphore for as long as the process lives.")]
internal sealed class ComputeWorkers
{
    private static readonly ConcurrentDictionary<int, Lazy<ComputeWorkers>> Pools = new();

    private readonly int _count;
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _oneAtATime = new();
    private Work? _work;

    private ComputeWorkers(int count)
    {
        _count = count;
        using var started = new CountdownEvent(count);
        for (int i = 0; i < count; i++)
        {
            new Thread(() => Serve(started)) { IsBackground = true, Name = $"compute {i + 1} of {count}" }.Start();
        }
        started.Wait();
        set_num_threads(count);
    }

    /// <summary>
    /// Calls <paramref name="body"/> once for each number below <paramref name="count"/>, on as many threads as torch may use here; returns when all are done.
    /// </summary>
    /// <param name="count">How many parts there are.</param>
    /// <param name="body">Computes one part, with torch's operations on one core, under inference mode; the parts may run in any order and at once.</param>
    public static void Run(int count, Action<int> body) => Run(count, body, callerHelps: false);

    /// <summary>The same for parts that use no operation of torch: the calling thread takes its share.</summary>
    public static void RunWithoutTorch(int count, Action<int> body) => Run(count, body, callerHelps: true);

    private static void Run(int count, Action<int> body, bool callerHelps)
    {
        int threads = get_num_threads();
        if (threads <= 1 || count <= 1)
        {
            using var guard = inference_mode();
            for (int part = 0; part < count; part++) body(part);
            return;
        }
        Pools.GetOrAdd(threads, static n => new Lazy<ComputeWorkers>(() => new ComputeWorkers(n))).Value.Divide(count, body, callerHelps);
    }

    private void Divide(int count, Action<int> body, bool callerHelps)
    {
        lock (_oneAtATime)
        {
            int workers = Math.Min(count, _count) - (callerHelps ? 1 : 0);
            using var work = new Work(count, body, workers + (callerHelps ? 1 : 0));
            _work = work;
            _wake.Release(workers);
            if (callerHelps) work.TakeParts();
            work.Finished.Wait();
            _work = null;
            work.Error?.Throw();
        }
    }

    private void Serve(CountdownEvent started)
    {
        set_num_threads(1);
        using var guard = inference_mode();
        started.Signal();
        while (true)
        {
            _wake.Wait();
            _work!.TakeParts();
        }
    }

    private sealed class Work(int count, Action<int> body, int takers) : IDisposable
    {
        private int _next;

        public CountdownEvent Finished { get; } = new(takers);

        public ExceptionDispatchInfo? Error { get; private set; }

        public void TakeParts()
        {
            try
            {
                for (int part; (part = Interlocked.Increment(ref _next) - 1) < count;) body(part);
            }
            catch (Exception error)
            {
                Error = ExceptionDispatchInfo.Capture(error);
                Interlocked.Exchange(ref _next, count);
            }
            finally
            {
                Finished.Signal();
            }
        }

        public void Dispose() => Finished.Dispose();
    }
}
