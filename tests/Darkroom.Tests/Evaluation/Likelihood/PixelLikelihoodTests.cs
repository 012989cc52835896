using System.Text.Json;
using System.Text.Json.Nodes;
using Darkroom.Evaluation.Likelihood;
using Darkroom.Networks.Blocks;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Pixels;
using Darkroom.Schedules;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Training.Data;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Evaluation.Likelihood;

public class PixelLikelihoodTests
{
    private static readonly JsonObject Unet = JsonNode.Parse("""
        { "_class_name": "UNet2DModel", "in_channels": 3, "out_channels": 3, "sample_size": 8, "block_out_channels": [8, 16], "down_block_types": ["DownBlock2D", "AttnDownBlock2D"],
          "up_block_types": ["AttnUpBlock2D", "UpBlock2D"], "layers_per_block": 1, "norm_num_groups": 4, "attention_head_dim": 8 }
        """)!.AsObject();

    private static readonly JsonObject Ddpm = JsonNode.Parse("""
        { "_class_name": "DDPMScheduler", "num_train_timesteps": 12, "beta_schedule": "squaredcos_cap_v2", "variance_type": "fixed_large", "prediction_type": "epsilon" }
        """)!.AsObject();

    private static readonly JsonObject Edm = JsonNode.Parse("""
        { "_class_name": "EDMEulerScheduler", "sigma_min": 0.002, "sigma_max": 80, "sigma_data": 0.5, "num_train_timesteps": 1000, "prediction_type": "epsilon" }
        """)!.AsObject();

    // Property: the bound is the sum of its terms and the prior, each term stands by its timestep, and the same seed gives the same figures.
    [Fact]
    public void The_bound_is_the_sum_of_its_terms()
    {
        using var model = Model(Ddpm);
        var settings = new LikelihoodSettings { BatchSize = 3, Seed = 4 };
        var report = new PixelLikelihood(model, settings).Run(Pictures(7));
        Assert.Equal((7, 12), (report.Pictures, report.Terms.Count));
        Assert.Equal(Enumerable.Range(0, 12), report.Timesteps);
        Assert.Equal(report.BitsPerDimension, report.Terms.Sum() + report.Prior!.Value, 1e-4);
        Assert.Equal(report.Terms[0], report.Decoder!.Value);
        Assert.True(report.Interval95 > 0 && report.EpsilonErrors.All(e => e > 0));
        Assert.Equal(report.BitsPerDimension, new PixelLikelihood(model, settings).Run(Pictures(7)).BitsPerDimension);
        var respaced = new PixelLikelihood(model, settings with { Timesteps = 4 }).Run(Pictures(2));
        Assert.Equal((4, 4), (respaced.Terms.Count, respaced.Evaluations));
        Assert.Equal([0, 4, 7, 11], respaced.Timesteps);
    }

    // Property: the ODE gives a finite figure for models of timesteps and for EDM, and leaves no gradient on the network.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_ode_goes_with_every_model(bool edm)
    {
        using var model = Model(edm ? Edm : Ddpm);
        var report = new PixelLikelihood(model, new() { Method = LikelihoodMethod.Ode, Tolerance = 1e-3 }).Run(Pictures(2));
        Assert.Equal(("ode", 2), (report.Method, report.Pictures));
        Assert.True(double.IsFinite(report.BitsPerDimension) && report.Evaluations > 8 && report.Terms.Count == 0);
        Assert.All(model.Network.parameters(), p => Assert.True(p.grad is null));
    }

    // Property: what does not go together is refused, all of it at once, with what is allowed.
    [Fact]
    public void Contradictions_are_refused_together()
    {
        using var edm = Model(Edm);
        using var ddpm = Model(Ddpm);
        var refusal = Assert.Throws<DarkroomException>(() => new PixelLikelihood(edm, new() { BatchSize = 0 }));
        Assert.Equal(["--batch", "--method"], refusal.Problems.Select(p => p.Where));
        refusal = Assert.Throws<DarkroomException>(() => new PixelLikelihood(ddpm, new() { Timesteps = 13 }));
        Assert.Contains("1 to 12", refusal.Problems.Single().Remedy, StringComparison.Ordinal);
        Assert.Throws<DarkroomException>(() => new PixelLikelihood(ddpm, new() { Timesteps = 3, Method = LikelihoodMethod.Ode }));
    }

    // Property: the command measures a model's folder on a folder of pictures, says it as JSON, and draws the terms.
    [Fact]
    public void The_command_measures_and_draws()
    {
        using var folder = new TemporaryFolder();
        using (var model = Model(Ddpm))
        {
            var weights = model.Network.state_dict().ToDictionary(w => "unet." + w.Key, w => w.Value);
            PixelModelFolder.Write(folder.File("model"), model.Network, Unet, Ddpm, [], null, weights);
        }
        string emoji = Path.Combine(GoldenData.RepositoryRoot, "data", "emoji");
        string[] words = ["evaluate", "bpd", "--model", "model", "--data", emoji, "--pictures", "3", "--timesteps", "6", "--threads", "1"];
        var result = DarkroomProcess.Run([.. words, "--plot", "terms.png", "--json"], folder.Path);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal((3, 6, "bound"), (result.Json.GetProperty("pictures").GetInt32(), result.Json.GetProperty("terms").GetArrayLength(), result.Json.GetProperty("method").GetString()));
        Assert.True(result.Json.GetProperty("bits_per_dimension").GetDouble() > 0);
        Assert.Equal((900, 500), Size(folder.File("terms.png")));
        Assert.Contains("bits per dimension, 3 pictures, 6 evaluations each", DarkroomProcess.Run(words, folder.Path).Output, StringComparison.Ordinal);

        var refused = DarkroomProcess.Run(["evaluate", "bpd", "--method", "ode", "--plot", "x.png"], folder.Path);
        Assert.Equal(2, refused.ExitCode);
        foreach (string option in new[] { "--model", "--data", "--plot" }) Assert.Contains(option, refused.Error, StringComparison.Ordinal);
    }

    private static (int, int) Size(string file)
    {
        var picture = Darkroom.Imaging.Picture.Load(file);
        return (picture.Width, picture.Height);
    }

    private static PixelDiffusion Model(JsonObject scheduler)
    {
        using var parsed = JsonDocument.Parse(Unet.ToJsonString());
        var network = new UNet(UnetConfig.FromJson(parsed.RootElement), ScalarType.Float32) { AttentionProcessor = new UnfusedAttention() };
        using (var generator = new Generator(3, CPU)) network.InitialiseWeights(generator);
        network.eval();
        return new PixelDiffusion(network, SchedulerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(scheduler.ToJsonString())), [], ownsNetwork: true);
    }

    private static IReadOnlyList<CaptionedPixels> Pictures(int count) => [.. Enumerable.Range(0, count).Select(k =>
        new CaptionedPixels([.. Enumerable.Range(0, 192).Select(i => (i * (k + 3) % 256) / 127.5f - 1)], 8, 8, ""))];
}
