using CsCheck;
using Darkroom.Schedules;

namespace Darkroom.Tests.Schedules;

public class SigmaSchedulesTests
{
    private static readonly NoiseLevels Levels = new(NoiseSchedule.ScaledLinear());

    // Property: every schedule descends strictly, ends in 0 (A1111's kl_optimal at sigma_min) and stays within the model's range.
    [Fact]
    public void Levels_descend() => Gen.Select(Gen.Int[0, SigmaSchedules.All.Count - 1].Select(i => SigmaSchedules.All[i]), Gen.Int[1, 100]).Sample((schedule, steps) =>
    {
        double[] sigmas = SigmaSchedules.Compute(schedule, new() { Levels = Levels, Steps = steps });
        for (int i = 1; i < sigmas.Length; i++) Assert.True(sigmas[i] < sigmas[i - 1], $"{schedule.Name} {steps}: {string.Join(' ', sigmas)}");
        Assert.True(sigmas[0] <= Levels.Max * 1.0001);
        Assert.Equal(schedule is KlOptimalSigmasA1111 ? Levels.Min : 0, sigmas[^1], 1e-12);
    });

    // Property: a schedule is found by name, alias, A1111 label and "-a1111", and the dialect decides only where the programs differ.
    [Fact]
    public void Names_are_found()
    {
        foreach (var schedule in SigmaSchedules.All) Assert.Same(schedule, SigmaSchedules.Get(SigmaSchedules.UniqueName(schedule)));
        Assert.Equal(SigmaSchedules.All.Count, SigmaSchedules.All.Select(SigmaSchedules.UniqueName).Distinct().Count());
        Assert.IsType<KlOptimalSigmasA1111>(SigmaSchedules.Get("KL Optimal", SigmaDialect.A1111));
        Assert.IsType<KlOptimalSigmas>(SigmaSchedules.Get("KL Optimal"));
        Assert.IsType<KarrasSigmas>(SigmaSchedules.Get("Karras", SigmaDialect.A1111));
        Assert.IsType<AlignYourStepsSigmas>(SigmaSchedules.Get("AYS"));
        Assert.Contains("karras", Assert.Throws<DarkroomException>(() => SigmaSchedules.Get("karas")).Message);
    }

    // Property: every option out of range is reported, all in one error.
    [Fact]
    public void All_problems_at_once()
    {
        var request = new SigmaRequest { Levels = Levels, Steps = 0, SigmaMin = -1, SigmaMax = double.NaN, Rho = 0, Alpha = 0, Beta = -1 };
        var error = Assert.Throws<DarkroomException>(() => SigmaSchedules.Compute(SigmaSchedules.Get("karras"), request));
        Assert.Equal(["steps", "sigma_min", "sigma_max", "sigma_max", "rho", "alpha", "beta"], error.Problems.Select(p => p.Where));
    }

    // Property: image to image with ComfyUI's denoise runs N steps, with A1111's strength int(strength N) + 1.
    [Fact]
    public void Partial_schedules_have_their_lengths() => Gen.Select(Gen.Int[1, 60], Gen.Double[0.05, 1]).Sample((steps, strength) =>
    {
        double[] Make(int n) => SigmaSchedules.Compute(SigmaSchedules.Get("karras"), new() { Levels = Levels, Steps = n });
        Assert.Equal(steps + 1, PartialSchedule.ComfyUI(Make, steps, strength).Length);
        Assert.Equal(steps + 1, PartialSchedule.A1111(Make, steps, strength, fixSteps: true).Length);
        Assert.Equal(Math.Min((int)(Math.Min(strength, 0.999) * steps) + 2, steps + 1), PartialSchedule.A1111(Make, steps, strength).Length);
        Assert.Equal(steps + 1, PartialSchedule.DiscardPenultimate(Make, steps).Length);
    });
}
