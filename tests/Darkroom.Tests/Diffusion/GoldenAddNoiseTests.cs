using Darkroom.Diffusion;
using Darkroom.Schedules;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Diffusion;

[Trait("Category", "Golden")]
public class GoldenAddNoiseTests
{
    // Property: add_noise and get_velocity equal diffusers', per item in discrete time and at the noise levels of a sampler's own schedule.
    [Fact]
    public void Noise_equals_diffusers() => GoldenCase.CheckAll("diffusion/schedules_diffusers", testCase =>
    {
        if (testCase.Parameters.TryGetProperty("class", out _)) CheckSampler(testCase);
        else CheckProcess(testCase);
        return true;
    }, only: name => name.StartsWith("add_noise", StringComparison.Ordinal));

    private static SchedulerConfig Config(GoldenCase testCase, string className) => SchedulerConfig.Default(className).State(
        testCase.Parameters.EnumerateObject().Where(o => o.Name is not ("class" or "steps" or "timesteps_index")).Select(o => KeyValuePair.Create(o.Name, (object?)o.Value)));

    private static void CheckProcess(GoldenCase testCase)
    {
        var process = new ForwardProcess(Config(testCase, "DDPMScheduler").CreateSchedule());
        foreach (var (suffix, type) in new[] { ("", ScalarType.Float32), ("64", ScalarType.Float64) })
        {
            Tensor x0 = testCase.Shared("x0").to(type), noise = testCase.Shared("eps").to(type), t = testCase.Shared("t");
            testCase.AssertClose("x_t" + suffix, process.AddNoise(x0, noise, t));
            testCase.AssertClose("v" + suffix, process.Velocity(x0, noise, t));
            testCase.AssertClose("v" + suffix, Parameterisation.Target(PredictionType.Velocity, x0, noise, process, t));
        }
    }

    private static void CheckSampler(GoldenCase testCase)
    {
        var schedule = InferenceSchedule.Create(Config(testCase, testCase.Text("class")), (int)testCase.Number("steps"));
        bool exploding = schedule.InitialNoiseScale != 1;
        double[] evaluations = [.. schedule.EvaluationTimesteps()], wanted = testCase.Doubles("timesteps");
        Tensor x0 = testCase.Shared("x0"), noise = testCase.Shared("eps");
        var noisy = stack([.. wanted.Select((timestep, item) =>
        {
            double nearest = evaluations.MinBy(t => Math.Abs(t - timestep));
            Assert.Equal(timestep, nearest, 1e-3);
            double sigma = schedule.Sigmas[schedule.Timesteps.ToList().IndexOf(nearest)];
            var at = NoisePoint.VarianceExploding(nearest, sigma);
            if (!exploding) at = at.ToVariancePreserving();
            return at.Alpha * x0[item] + at.Sigma * noise[item];
        })]);
        testCase.AssertClose("x_t", noisy);
    }
}
