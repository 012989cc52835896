using CsCheck;
using Darkroom.Schedules;

namespace Darkroom.Tests.Schedules;

public class NoiseScheduleTests
{
    private static readonly Gen<NoiseSchedule> Schedules =
        Gen.Select(Gen.Int[0, BetaSchedules.All.Count - 1].Select(i => BetaSchedules.All[i].Name), Gen.Int[25, 1200]).Select((name, count) => BetaSchedules.Create(name, count));

    // Property: whatever the schedule, AlphaBar falls from below 1 and log SNR = -2 log sigma.
    [Fact]
    public void AlphaBar_decreases() => Schedules.Sample(schedule =>
    {
        for (int t = 0; t < schedule.Count; t++)
        {
            Assert.InRange(schedule.AlphaBar[t], 0, schedule.PreviousAlphaBar(t));
            Assert.True(schedule.AlphaBar[t] < schedule.PreviousAlphaBar(t));
            if (schedule.AlphaBar[t] > 1e-12) Assert.Equal(-2 * Math.Log(schedule.Sigma(t)), schedule.LogSignalToNoise(t), 1e-9);
        }
    }, iter: 50);

    // Property: rescaling makes the last AlphaBar 0 and keeps the first; WithFiniteSigmas then gives finite sigmas and changes nothing else.
    [Fact]
    public void Zero_terminal_snr()
    {
        var schedule = NoiseSchedule.ScaledLinear();
        var rescaled = schedule.RescaleToZeroTerminalSnr();
        Assert.Equal(0, rescaled.AlphaBar[^1]);
        Assert.Equal(schedule.AlphaBar[0], rescaled.AlphaBar[0], 1e-15);
        Assert.Equal(double.PositiveInfinity, rescaled.Sigma(999));
        var finite = rescaled.WithFiniteSigmas();
        Assert.Equal(4096, finite.Sigma(999), 1e-3);
        Assert.Equal(rescaled.AlphaBar[..^1], finite.AlphaBar[..^1]);
        Assert.Same(schedule, schedule.WithFiniteSigmas());
    }

    // Property: published values of Stable Diffusion's and DDPM's schedules.
    [Fact]
    public void Published_values()
    {
        var sd = NoiseSchedule.ScaledLinear();
        Assert.Equal(0.00085, sd.Betas[0], 1e-12);
        Assert.Equal(0.99829603, sd.AlphaBar[1], 1e-8);
        Assert.Equal(0.27633268, sd.AlphaBar[500], 1e-8);
        Assert.Equal(0.00466010, sd.AlphaBar[999], 1e-8);
        Assert.Equal(0.0291672, sd.Sigma(0), 1e-7);
        Assert.Equal(14.6146412, sd.Sigma(999), 1e-7);
        Assert.Equal(4.03583e-5, NoiseSchedule.Linear().AlphaBar[999], 1e-10);
        Assert.Equal(0.4938436, NoiseSchedule.Cosine().AlphaBar[499], 1e-7);
        Assert.Equal(0.999, NoiseSchedule.Cosine().Betas[999]);
    }

    // Property: respacing keeps AlphaBar at the kept timesteps, and keeping all gives the base's betas.
    [Fact]
    public void Respacing_keeps_AlphaBar() =>
        Gen.Select(Schedules, Gen.Int[1, 10], Gen.Int[1, 4]).Sample((schedule, count, sections) =>
        {
            int perSection = Math.Min(count, schedule.Count / sections);
            var respaced = Respacing.Keep(schedule, Respacing.Sections(schedule.Count, [.. Enumerable.Repeat(perSection, sections)]));
            Assert.Equal(perSection * sections, respaced.Schedule.Count);
            for (int i = 0; i < respaced.Schedule.Count; i++)
                Assert.Equal(schedule.AlphaBar[respaced.Timesteps[i]], respaced.Schedule.AlphaBar[i]);
        }, iter: 50);

    // Property: an unknown name and numbers out of range are all reported in one error.
    [Fact]
    public void All_problems_at_once()
    {
        var error = Assert.Throws<DarkroomException>(() => BetaSchedules.Create("linaer", 0, -1, 2));
        Assert.Equal(["beta_schedule", "num_train_timesteps", "beta_start", "beta_end"], error.Problems.Select(p => p.Where));
        Assert.Contains("scaled_linear", error.Problems[0].Remedy);
    }
}
