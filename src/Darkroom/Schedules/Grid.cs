namespace Darkroom.Schedules;

/// <summary>
/// Evenly spaced numbers with NumPy's order of operations: where a grid is rounded to integers afterwards, a last bit decides which timestep a
/// tie such as 937.5 becomes.
/// </summary>
internal static class Grid
{
    /// <summary><paramref name="count"/> numbers from start to stop, both included; start alone where count is 1.</summary>
    public static double[] Linspace(double start, double stop, int count)
    {
        var grid = new double[count];
        double step = count > 1 ? (stop - start) / (count - 1) : 0;
        for (int i = 0; i < count; i++) grid[i] = start + i * step;
        if (count > 1) grid[^1] = stop;
        return grid;
    }

    /// <summary><paramref name="count"/> numbers from start towards stop, stop excluded.</summary>
    public static double[] LinspaceOpen(double start, double stop, int count)
    {
        var grid = new double[count];
        double step = (stop - start) / count;
        for (int i = 0; i < count; i++) grid[i] = start + i * step;
        return grid;
    }

    /// <summary>start, start - step, start - 2 step, ... while positive.</summary>
    public static double[] Descending(double start, double step)
    {
        var grid = new double[(int)Math.Ceiling(start / step)];
        double difference = start - step - start;
        for (int i = 0; i < grid.Length; i++) grid[i] = start + i * difference;
        return grid;
    }

    /// <summary>Linear interpolation of (index, value) pairs at x; the end values outside.</summary>
    public static double Interpolate(ReadOnlySpan<double> values, double x)
    {
        if (x <= 0) return values[0];
        if (x >= values.Length - 1) return values[^1];
        int low = (int)Math.Floor(x);
        double weight = x - low;
        return weight == 0 ? values[low] : values[low] + weight * (values[low + 1] - values[low]);
    }
}
