using Darkroom.Runtime;

namespace Darkroom.Training.Data;

/// <summary>The order of a finite data set over endless epochs: each epoch is a permutation of its own, a function of (seed, epoch) alone.</summary>
internal sealed class EpochOrder(int count, long seed)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, long[]> _orders = [];

    /// <summary>Which item stands at a position.</summary>
    public int this[long position] => (int)Order(position / count)[position % count];

    private long[] Order(long epoch)
    {
        lock (_lock)
        {
            if (_orders.TryGetValue(epoch, out long[]? order)) return order;
            foreach (long old in _orders.Keys.Where(e => e < epoch - 1).ToList()) _orders.Remove(old);
            return _orders[epoch] = new TorchGenerator(unchecked(seed * 1_000_003 + epoch)).RandPerm(count);
        }
    }
}
