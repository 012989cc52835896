using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

public class SamplerPropertyTests
{
    private static readonly SchedulerConfig Config = SchedulerConfig.Default("DDIMScheduler")
        .State("beta_start", 0.00085).State("beta_end", 0.012).State("beta_schedule", "scaled_linear").State("clip_sample", false);

    private static readonly GaussianMixture Mixture = new(
        tensor((double[])[.. Enumerable.Range(0, 32).Select(i => i < 16 ? 0.6 * Math.Sin(i) : -0.5 * Math.Cos(2 * i))]).reshape(2, 1, 4, 4),
        [0.3, 0.4], [0.6, 0.4]);

    public static TheoryData<string> Deterministic => [.. SamplerRegistry.All
        .Where(s => !s.Stochastic && s.Dialect == SamplerDialect.KDiffusion && s.Name is not ("k_dpm_fast" or "k_dpm_adaptive")).Select(s => s.Name)];

    public static TheoryData<string> Everywhere => [.. SamplerRegistry.All
        .Where(s => s.Dialect != SamplerDialect.A1111 && !s.Name.Contains("inverse", StringComparison.Ordinal)
            && !s.Name.StartsWith("edm", StringComparison.Ordinal) && s.Name is not ("ipndm" or "k_dpm_adaptive" or "ode_rk45")).Select(s => s.Name)];

    // Property: the error of every ODE sampler against a fine solution falls as the number of steps grows, at least as
    // fast as order one says. The plans end at the smallest noise level, since the last step from there to 0 has an
    // error of its own.
    [Theory]
    [MemberData(nameof(Deterministic))]
    public void Error_falls_with_steps(string name)
    {
        using var scope = NewDisposeScope();
        var unit = UnitNoise(2);
        var levels = new NoiseLevels(Config.CreateSchedule());
        var exact = SolveTo("heun", 400);
        double few = Error(20), many = Error(80);
        Assert.True(many < few / 3, $"20 steps: {few:G3}, 80 steps: {many:G3}");

        double Error(int steps) => (SolveTo(SamplerRegistry.Find(name).Sampler.Method, steps) - exact).square().mean().sqrt().item<double>();
        Tensor SolveTo(string function, int steps)
        {
            double[] sigmas = SigmaSchedules.Compute(SigmaSchedules.Get("karras"), new() { Levels = levels, Steps = steps });
            var prepared = KDiffusionSamplers.Create(function, sigmas[..^1], levels.TimestepAt, new() { Steps = steps });
            return prepared.Sampler.Sample(Mixture, unit * prepared.Plan.InitialNoiseScale, prepared.Plan, new IndexedNoise());
        }
    }

    // Property: a picture in a batch is the picture alone.
    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Pictures_of_a_batch_are_independent(string name)
    {
        using var scope = NewDisposeScope();
        var unit = UnitNoise(2);
        var both = Solve(name, 8, unit, new RowNoise(0, 2), [11, 12]);
        for (int row = 0; row < 2; row++)
        {
            var alone = Solve(name, 8, unit.narrow(0, row, 1), new RowNoise(row, 1), [11 + row]);
            double worst = (both.narrow(0, row, 1) - alone).abs().max().item<double>();
            Assert.True(worst < 1e-9, $"picture {row} is off by {worst:G3}");
        }
    }

    // Property: entering a plan in the middle with the x that lies there gives the same picture, for samplers without
    // memory between steps.
    [Theory]
    [InlineData("ddim", 3)]
    [InlineData("euler", 3)]
    [InlineData("euler_a", 3)]
    [InlineData("ddpm", 3)]
    [InlineData("k_heun", 4)]
    [InlineData("k_dpm_2_ancestral", 4)]
    [InlineData("k_dpmpp_sde", 4)]
    [InlineData("k_dpmpp_2s_ancestral", 4)]
    public void Entering_in_the_middle_goes_on(string name, int start)
    {
        using var scope = NewDisposeScope();
        var prepared = SamplerRegistry.Create(name, null, Config, new() { Steps = 8 });
        var x = UnitNoise(1) * prepared.Plan.InitialNoiseScale;
        var noise = new IndexedNoise();
        Tensor? middle = null;
        int drawn = 0;
        var whole = prepared.Sampler.Sample(Mixture, x, prepared.Plan, noise, (in SamplerState state) =>
        {
            if (state.Index != start - 1) return null;
            (middle, drawn) = (state.X.clone().DetachFromDisposeScope(), noise.Drawn);
            Assert.True(state.StepDone);
            return null;
        });
        var part = prepared.Sampler.Sample(Mixture, middle!, prepared.Plan.From(start), new IndexedNoise { Drawn = drawn });
        Assert.Equal(0, (whole - part).abs().max().item<double>(), 1e-12);
    }

    // Property: DDIM with eta = 1 over all timesteps is DDPM with the posterior's variance.
    [Fact]
    public void Ddim_with_eta_1_is_ddpm()
    {
        using var scope = NewDisposeScope();
        var config = SchedulerConfig.Default("DDIMScheduler").State("num_train_timesteps", 50).State("beta_end", 0.2).State("clip_sample", false);
        var unit = UnitNoise(2);
        Tensor Run(string name, double? eta)
        {
            var prepared = SamplerRegistry.Create(name, null, config, new() { Steps = 50, Eta = eta });
            return prepared.Sampler.Sample(Mixture, unit, prepared.Plan, new IndexedNoise());
        }
        Assert.Equal(0, (Run("ddim", 1) - Run("ddpm", null)).abs().max().item<double>(), 1e-9);
    }

    // Property: inverting a picture and sampling from the result gives the picture back, the better the more steps are
    // taken.
    [Fact]
    public void Inversion_error_falls_with_steps()
    {
        using var scope = NewDisposeScope();
        var picture = Mixture.Denoised(UnitNoise(2), 1, 1);
        double Error(int steps)
        {
            var up = SamplerRegistry.Create("ddim_inverse", null, Config, new() { Steps = steps });
            var down = SamplerRegistry.Create("ddim", null, Config, new() { Steps = steps });
            var noise = up.Sampler.Sample(Mixture, picture, up.Plan, new NoNoise());
            return (down.Sampler.Sample(Mixture, noise, down.Plan, new NoNoise()) - picture).abs().max().item<double>();
        }
        double few = Error(20), many = Error(200);
        Assert.True(many < few / 3, $"20 steps: {few:G3}, 200 steps: {many:G3}");
    }

    // Property: the callback may replace x, sees every evaluation once, and ends at the plan's last point.
    [Fact]
    public void Callback_can_replace_x()
    {
        using var scope = NewDisposeScope();
        var prepared = SamplerRegistry.Create("euler", null, Config, new() { Steps = 5 });
        var seen = new List<int>();
        using var result = prepared.Sampler.Sample(Mixture, UnitNoise(1), prepared.Plan, new NoNoise(), (in SamplerState state) =>
        {
            seen.Add(state.Index);
            Assert.Equal(5, state.Count);
            Assert.Equal(prepared.Plan.Points[state.Index + 1], state.Next);
            return state.Index == 4 ? full_like(state.X, 7) : null;
        });
        Assert.Equal([0, 1, 2, 3, 4], seen);
        Assert.Equal(7, result.max().item<double>());
    }

    // Property: a run keeps no tensor but its result, whatever the sampler.
    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Nothing_is_left_behind(string name)
    {
        var prepared = SamplerRegistry.Create(name, null, Config, new() { Steps = 8 });
        using var x = UnitNoise(1);
        using (var scope = NewDisposeScope())
        {
            prepared.Sampler.Sample(Mixture, x, prepared.Plan, new IndexedNoise());
        }
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var scope = NewDisposeScope())
        {
            prepared.Sampler.Sample(Mixture, x, prepared.Plan, new IndexedNoise());
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Tensor UnitNoise(int batch)
    {
        using var generator = new Generator(5, CPU);
        return randn([batch, 1, 4, 4], dtype: ScalarType.Float64, device: CPU, generator: generator);
    }


    private static Tensor Solve(string name, int steps, Tensor unit, INoiseSource noise, long[] seeds)
    {
        // diffusers' DPM++ SDE has one Brownian path for the batch unless each picture is given its seed.
        var options = new SamplerOptions { Steps = steps, BrownianSeeds = name == "dpmpp_sde" ? seeds : null };
        var prepared = SamplerRegistry.Create(name, null, Config, options);
        return prepared.Sampler.Sample(Mixture, unit * prepared.Plan.InitialNoiseScale, prepared.Plan, noise);
    }

    /// <summary>Draw n is a function of n alone.</summary>
    private sealed class IndexedNoise : INoiseSource
    {
        public int Drawn { get; set; }

        public Tensor Next(Tensor like)
        {
            using var generator = new Generator((ulong)(1000 + Drawn++), CPU);
            return randn(like.shape, dtype: like.dtype, device: CPU, generator: generator);
        }

        // Without a Brownian path: an independent draw per call.
        public Tensor Between(double sigmaFrom, double sigmaTo, Tensor like) => Next(like);
    }

    /// <summary>Draw n of row k is a function of n and k alone.</summary>
    private sealed class RowNoise(int first, int count) : INoiseSource
    {
        private int _drawn;

        public Tensor Next(Tensor like)
        {
            using var scope = NewDisposeScope();
            int draw = _drawn++;
            var rows = Enumerable.Range(first, count).Select(row =>
            {
                using var generator = new Generator((ulong)(7919 * row + draw), CPU);
                return randn([1, .. like.shape[1..]], dtype: like.dtype, device: CPU, generator: generator);
            });
            return cat([.. rows], 0).MoveToOuterDisposeScope();
        }
    }
}
