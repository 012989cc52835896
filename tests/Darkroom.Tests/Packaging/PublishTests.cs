using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Packaging;

/// <summary>The command line as users get it: published.</summary>
[Trait("Category", "Slow")]
public class PublishTests
{
    private static readonly string Project = Path.Combine(GoldenData.RepositoryRoot, "src", "Darkroom.Cli");

    // Property: published, help comes in 0.2 s and without libtorch; libtorch loads where it is needed, and the embedded model comes along.
    [Fact]
    public void Published_help_is_quick_and_libtorch_loads()
    {
        using var folder = new TemporaryFolder();
        Dotnet.Run(Project, "publish", "-c", "Release", "-o", folder.Path, "-v", "quiet", "-nodeReuse:false");
        string program = folder.File(OperatingSystem.IsWindows() ? "darkroom.exe" : "darkroom");
        Assert.Contains("\"loads\": true", Dotnet.Program(program, folder.Path, "doctor", "--json"), StringComparison.Ordinal);
        if (File.Exists(Path.Combine(GoldenData.RepositoryRoot, "models", "scenes", "model_index.json")))
        {
            Assert.True(File.Exists(folder.File("models/scenes/model_index.json")));
            Dotnet.Program(program, folder.Path, "txt2img", "a red apple on a blue background", "-o", folder.File("apple.png"));
            Assert.True(File.Exists(folder.File("apple.png")));
        }

        // Without the native library, help is still shown: nothing of it is loaded. The best of many runs is what the machine can do.
        foreach (string library in Directory.EnumerateFiles(folder.Path, "*LibTorchSharp*")) File.Delete(library);
        var best = Enumerable.Range(0, 15).Min(_ =>
        {
            var started = System.Diagnostics.Stopwatch.StartNew();
            Assert.Contains("Usage: darkroom", Dotnet.Program(program, folder.Path, "--help"), StringComparison.Ordinal);
            return started.Elapsed;
        });
        Assert.True(best < TimeSpan.FromSeconds(0.2), $"help took {best.TotalSeconds:0.000} s at best");
    }

    // Property: published for a named platform, libtorch loads as well.
    [Fact]
    public void Published_for_linux_loads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "publishes for Linux");
        using var folder = new TemporaryFolder();
        Dotnet.Run(Project, "publish", "-c", "Release", "-r", "linux-x64", "-o", folder.Path, "-v", "quiet", "-nodeReuse:false", "-p:PublishReadyToRun=false");
        Assert.Contains("\"loads\": true", Dotnet.Program(folder.File("darkroom"), folder.Path, "doctor", "--json"), StringComparison.Ordinal);
    }
}
