using Darkroom.Schedules;
using Darkroom.Training.Tasks;

namespace Darkroom.Tests.Training.Tasks;

public class ObjectiveSettingsTests
{
    // Property: with zero terminal SNR the last timestep is noise alone, and the first is as it was.
    [Fact]
    public void The_last_timestep_may_be_noise_alone()
    {
        var usual = new ObjectiveSettings { Prediction = PredictionType.Velocity };
        var zero = usual with { ZeroTerminalSnr = true };
        Assert.Equal(0, zero.Schedule().AlphaBar[^1], 1e-12);
        Assert.InRange(usual.Schedule().AlphaBar[^1], 0.004, 0.005);
        Assert.Equal(usual.Schedule().AlphaBar[0], zero.Schedule().AlphaBar[0], 1e-9);
        Assert.Empty(zero.Problems(4, 4));
    }

    // Property: what sampling reads back of an objective is the schedule that it trains on, whatever the schedule.
    [Theory]
    [InlineData("scaled_linear", false)]
    [InlineData("scaled_linear", true)]
    [InlineData("squaredcos_cap_v2", false)]
    [InlineData("cosine", false)]
    public void Its_scheduler_has_its_schedule(string betas, bool zero)
    {
        var objective = new ObjectiveSettings { Prediction = PredictionType.Velocity, BetaSchedule = betas, ZeroTerminalSnr = zero };
        var config = SchedulerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(PixelModelFolder.Scheduler(objective).ToJsonString()));
        Assert.Equal(PredictionType.Velocity, config.PredictionType);
        Assert.Equal(objective.Schedule().AlphaBar.ToArray(), config.CreateSchedule().AlphaBar.ToArray());
    }

    // Property: what would have to be told of noise alone is refused.
    [Fact]
    public void Noise_alone_says_nothing_of_the_picture_to_a_network_that_predicts_it()
    {
        var problem = Assert.Single(new ObjectiveSettings { ZeroTerminalSnr = true }.Problems(4, 4));
        Assert.Equal("objective.zeroTerminalSnr", problem.Where);
    }
}
