using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Tests.Runtime;

public class ComputeWorkersTests
{
    // Property: every part is computed exactly once, whatever their number, and torch keeps its number of threads.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Every_part_is_computed_once(int count)
    {
        int threads = get_num_threads();
        var times = new int[count];
        ComputeWorkers.Run(count, part => Interlocked.Increment(ref times[part]));
        Assert.All(times, one => Assert.Equal(1, one));
        Assert.Equal(threads, get_num_threads());
    }

    // Property: a part that fails makes the whole fail with its own exception, and the workers go on serving.
    [Fact]
    public void Failures_are_passed_on()
    {
        for (int round = 0; round < 3; round++)
        {
            Assert.Throws<InvalidDataException>(() => ComputeWorkers.Run(50, part =>
            {
                if (part == 13) throw new InvalidDataException();
            }));
            int sum = 0;
            ComputeWorkers.Run(10, part => Interlocked.Add(ref sum, part));
            Assert.Equal(45, sum);
        }
    }

    // Property: callers on several threads don't disturb each other.
    [Fact]
    public async Task Callers_take_turns()
    {
        var sums = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            int sum = 0;
            for (int round = 0; round < 50; round++) ComputeWorkers.Run(20, part => Interlocked.Add(ref sum, part));
            return sum;
        })));
        Assert.All(sums, sum => Assert.Equal(50 * 190, sum));
    }
}
