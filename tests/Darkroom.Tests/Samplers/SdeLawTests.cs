using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Schedules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

/// <summary>Samplers with fresh noise cannot be compared picture by picture, but their pictures have a law: that of the data.</summary>
public class SdeLawTests
{
    private const int Count = 3000;

    // The error of a mean of 3000 numbers of standard deviation 0.7 is 0.013; of a variance, about 0.015. Four to five of these, and what the steps leave.
    private const double MonteCarlo = 0.06, Discretisation = 0.04;

    private static readonly GaussianMixture Mixture = new(tensor(new[,] { { 0.6, -0.3 }, { -0.5, 0.4 } }).reshape(2, 1, 1, 2), [0.3, 0.5], [0.4, 0.6]);

    private static readonly SchedulerConfig Config = SchedulerConfig.Default("DDIMScheduler")
        .State("beta_start", 0.00085).State("beta_end", 0.012).State("beta_schedule", "scaled_linear").State("clip_sample", false);

    public static TheoryData<string, string, string> Loops
    {
        get
        {
            var loops = new TheoryData<string, string, string>();
            foreach (string sde in (string[])["vp", "subvp", "ve"])
            {
                loops.Add(sde, "EulerMaruyama", "None");
                loops.Add(sde, "ReverseDiffusion", "None");
                loops.Add(sde, "ReverseDiffusion", "Langevin");
                if (sde != "subvp") loops.Add(sde, "Ancestral", "None");
            }
            return loops;
        }
    }

    // Those that jump (LCM, TCD) have the law of a distilled model, not this one. sde_pc takes the norms of each item, which needs more dimensions than two: it is among the
    // loops, with those of the batch.
    public static TheoryData<string> Named => [.. SamplerRegistry.All
        .Where(s => s.Stochastic && s.Dialect != SamplerDialect.A1111 && s.Title is not ("LCM" or "TCD") && s.Name != "sde_pc").Select(s => s.Name)];

    // Property: predictors and correctors of every SDE give pictures with the data's mean and covariance.
    [Theory]
    [MemberData(nameof(Loops))]
    public void Loops_have_the_law_of_the_data(string sde, string predictor, string corrector)
    {
        Sde process = sde switch { "vp" => new VariancePreservingSde(), "subvp" => new SubVariancePreservingSde(), _ => new VarianceExplodingSde() };
        AssertLaw(ScoreSamplers.PredictorCorrector(process, new()
        {
            Steps = 400,
            NormsOverBatch = true,
            Predictor = Enum.Parse<ReversePredictor>(predictor),
            Corrector = Enum.Parse<LangevinCorrector>(corrector),
        }), process.PriorDeviation);
    }

    // Property: every sampler with fresh noise that has a name does so too.
    [Theory]
    [MemberData(nameof(Named))]
    public void Named_samplers_have_the_law_of_the_data(string name)
    {
        bool slow = name.StartsWith("sde_", StringComparison.Ordinal) || name == "ddpm";
        // DPM++ 3M SDE is for exponential noise levels.
        AssertLaw(SamplerRegistry.Create(name, name == "k_dpmpp_3m_sde" ? "exponential" : null, Config, new() { Steps = slow ? 400 : 100 }), null);
    }

    // Property: annealed Langevin dynamics on many noise levels has the law of the data.
    [Fact]
    public void Annealed_Langevin_has_the_law_of_the_data()
    {
        NoisePoint[] levels = [.. Enumerable.Range(0, 60).Select(i => 10 * Math.Pow(0.01 / 10, i / 59.0)).Select(sigma => NoisePoint.VarianceExploding(sigma, sigma))];
        AssertLaw(ScoreSamplers.AnnealedLangevin(levels, stepsPerLevel: 20, stepSize: 2e-5), null);
    }

    // Starts from the exact law where the plan starts, unless a prior is named.
    private static void AssertLaw(PreparedSampler prepared, double? prior)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(17, CPU);
        var (start, end) = (prepared.Plan.Points[0], prepared.Plan.Points[^1]);
        var x = prior is { } deviation ? randn([Count, 1, 1, 2], ScalarType.Float64, CPU, generator: generator) * deviation
            : Mixture.Diffused(start.Alpha, start.Sigma).Sample(Count, generator);
        var items = (prepared.Sampler.Sample(Mixture, x, prepared.Plan, new Drawn(generator)) / end.Alpha).flatten(1);
        var mean = items.mean([0]);
        var centred = items - mean;
        double meanError = (mean - Mixture.Mean().flatten()).abs().max().item<double>();
        double covarianceError = (centred.t().matmul(centred) / Count - Mixture.Covariance()).abs().max().item<double>();
        Assert.True(meanError < MonteCarlo, $"the mean is off by {meanError:G3}");
        Assert.True(covarianceError < MonteCarlo + Discretisation, $"the covariance is off by {covarianceError:G3}");
    }

    private sealed class Drawn(Generator generator) : INoiseSource
    {
        public Tensor Next(Tensor like) => randn(like.shape, dtype: like.dtype, device: CPU, generator: generator);
    }
}
