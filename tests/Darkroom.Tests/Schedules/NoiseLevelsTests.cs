using CsCheck;
using Darkroom.Schedules;

namespace Darkroom.Tests.Schedules;

public class NoiseLevelsTests
{
    private static readonly NoiseLevels Levels = new(NoiseSchedule.ScaledLinear());

    // Property: a fractional timestep goes to a noise level and back.
    [Fact]
    public void Timestep_round_trip() => Gen.Double[0, 999].Sample(t =>
    {
        Assert.Equal(t, Levels.TimestepAt(Levels.SigmaAt(t)), 1e-8);
        Assert.InRange(Math.Abs(Levels.NearestTimestep(Levels.SigmaAt(t)) - t), 0, 0.5 + 1e-8);
    });

    // Property: at integer timesteps both interpolations give the table, and outside its range the nearest end.
    [Fact]
    public void Integers_and_ends_are_exact()
    {
        for (int t = 0; t < Levels.Count; t++)
        {
            Assert.Equal(Levels.Sigmas[t], Levels.SigmaAt(t));
            Assert.Equal(Levels.Sigmas[t], Levels.SigmaAtLinear(t));
            Assert.Equal(t, Levels.TimestepAt(Levels.Sigmas[t]));
            Assert.Equal(t, Levels.NearestTimestep(Levels.Sigmas[t]));
        }
        Assert.Equal(0, Levels.TimestepAt(0));
        Assert.Equal(999, Levels.TimestepAt(80));
        Assert.Equal(Levels.Max, Levels.SigmaAt(1234.5));
    }

    // Property: an infinite last level (zero terminal SNR) gives no NaN anywhere.
    [Fact]
    public void Infinite_last_level_gives_no_nan()
    {
        var levels = new NoiseLevels(NoiseSchedule.ScaledLinear().RescaleToZeroTerminalSnr());
        Gen.Double[0, 999].Sample(t => Assert.False(double.IsNaN(levels.SigmaAt(t)) || double.IsNaN(levels.SigmaAtLinear(t))));
        Assert.Equal(998, levels.TimestepAt(1e9));
        Assert.Equal(999, levels.TimestepAt(double.PositiveInfinity));
    }

    // Property: a table that doesn't increase is refused.
    [Fact]
    public void Unsorted_table_is_refused() => Assert.Throws<DarkroomException>(() => new NoiseLevels([1, 3, 2]));
}
