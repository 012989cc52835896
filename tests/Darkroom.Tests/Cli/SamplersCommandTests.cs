using Darkroom.Samplers;
using Darkroom.Schedules;

namespace Darkroom.Tests.Cli;

public class SamplersCommandTests
{
    // Property: every sampler and schedule of the registries is listed, in text and as JSON, and libtorch is not loaded for it.
    [Fact]
    public void Everything_is_listed()
    {
        var loading = new Dictionary<string, string?> { ["LD_DEBUG"] = "files" }; // Linux says on stderr what is loaded
        var result = DarkroomProcess.Run(["samplers", "--json"], environment: loading);
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("LibTorchSharp", result.Error, StringComparison.Ordinal);
        Assert.Equal(SamplerRegistry.All.Select(s => s.Name),
            result.Json.GetProperty("samplers").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        Assert.Equal(SigmaSchedules.All.Select(SigmaSchedules.UniqueName),
            result.Json.GetProperty("schedules").EnumerateArray().Select(s => s.GetProperty("name").GetString()));

        string[] lines = DarkroomProcess.Run("samplers").Output.Split('\n');
        Assert.All(SamplerRegistry.All, s => Assert.Contains(lines, l => l.StartsWith($"  {s.Name} ", StringComparison.Ordinal)));
        Assert.All(SigmaSchedules.All, s => Assert.Contains(lines, l => l.StartsWith($"  {SigmaSchedules.UniqueName(s)} ", StringComparison.Ordinal)));
    }
}
