namespace Darkroom.Tests.Cli;

public class BenchTests
{
    // Property: bench needs no file and reports every stage by the names that scripts rely on, with figures that belong together.
    [Fact]
    [Trait("Category", "Slow")]
    public void Stages_are_reported()
    {
        var result = DarkroomProcess.Run("bench", "sd15", "--json", "--width", "64", "--height", "64", "--repeats", "1");
        Assert.Equal(0, result.ExitCode);
        double rate = result.Json.GetProperty("matmul_gflops").GetDouble();
        Assert.True(rate > 0.1);
        Assert.True(result.Json.GetProperty("peak_rss_bytes").GetInt64() > 1_700_000_000);
        foreach (string name in (string[])["text_encoder", "unet", "vae_decode"])
        {
            var stage = result.Json.GetProperty(name);
            double seconds = stage.GetProperty("seconds").GetDouble(), tflop = stage.GetProperty("tflop").GetDouble();
            Assert.Equal(1e3 * tflop / seconds / rate, stage.GetProperty("matmul_share").GetDouble(), 1e-9);
        }
    }

    // Property: bench training reports both networks with a rate, its arithmetic and their share of the matrix products, which belong together.
    [Fact]
    [Trait("Category", "Slow")]
    public void Training_steps_are_reported()
    {
        var result = DarkroomProcess.Run(["bench", "training", "--json", "--steps", "1", "--threads", "1"], timeout: TimeSpan.FromMinutes(5));
        Assert.Equal(0, result.ExitCode);
        double rate = result.Json.GetProperty("matmul_gflops").GetDouble();
        foreach (string name in (string[])["first_stage", "latent"])
        {
            var step = result.Json.GetProperty(name);
            double samples = step.GetProperty("samples_per_second").GetDouble(), gflop = step.GetProperty("gflop_per_sample").GetDouble();
            Assert.InRange(gflop, 0.5, 20);
            Assert.Equal(samples * gflop / rate, step.GetProperty("matmul_share").GetDouble(), 1e-9);
        }
    }
}
