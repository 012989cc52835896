using System.Diagnostics;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training.Data;

public class PrefetchingLoaderTests
{
    // Property: batches come in order, whoever loads them, held up or not.
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    public void Batches_come_in_order(bool held, int workers)
    {
        var samples = new Samples();
        using var loader = new PrefetchingLoader<float[]>(samples, 4, position: 8, workers);
        using var hold = held ? loader.Hold() : null;
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(Enumerable.Range(8 + 4 * i, 4).Select(n => (float)n), loader.Next().Select(s => s[0]));
            if (i % 3 == 0) loader.LoadDuring(() => Thread.Sleep(1));
        }
        Assert.Equal(8 + 4 * 50, loader.Position);
    }

    // Property: a held loader loads nothing but while it is waited for or let.
    [Fact]
    public void A_held_loader_stands_still()
    {
        var samples = new Samples();
        using var loader = new PrefetchingLoader<float[]>(samples, 100);
        using var hold = loader.Hold();
        loader.Next();
        for (int i = 0; i < 5; i++)
        {
            long before = samples.Loaded;
            Thread.Sleep(20);
            Assert.Equal(before, samples.Loaded);
            loader.Next();
        }
        long still = samples.Loaded;
        loader.LoadDuring(() => SpinWait.SpinUntil(() => samples.Loaded > still, 5000));
        Assert.True(samples.Loaded > still);
    }

    // Property: numbers of operations stay whole under a held loader, however much is allocated by those that load. (Not held, or with concurrent collections, this fails within a second.)
    [Fact]
    public void Operations_are_not_broken_by_collections_of_other_threads()
    {
        using var loader = new PrefetchingLoader<float[]>(new Samples { Size = 30_000 }, 64, workers: 2);
        using var hold = loader.Hold();
        using Tensor a = ones(64, 64), b = ones(64, 64);
        int collections = GC.CollectionCount(0);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < 2;)
        {
            loader.Next();
            for (int i = 0; i < 500; i++)
            {
                using var sum = a + b;
                using var half = sum * 0.5;
            }
        }
        Assert.True(GC.CollectionCount(0) - collections > 5);
    }

    private sealed class Samples : ISampleSequence<float[]>
    {
        private long _loaded;

        public int Size { get; init; } = 1;

        public long Loaded => Interlocked.Read(ref _loaded);

        public float[] this[long position]
        {
            get
            {
                Interlocked.Increment(ref _loaded);
                var sample = new float[Size];
                sample[0] = position;
                return sample;
            }
        }
    }
}
