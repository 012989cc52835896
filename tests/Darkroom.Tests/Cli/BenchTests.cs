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
}
