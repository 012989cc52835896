namespace Darkroom.Tests.Cli;

public class DoctorTests
{
    // Property: on a machine that runs these tests, doctor finds libtorch, measures it, and ends well.
    [Fact]
    public void Doctor_finds_the_library()
    {
        var result = DarkroomProcess.Run("doctor", "--json", "--threads", "1");
        Assert.Equal(0, result.ExitCode);
        var library = result.Json.GetProperty("library");
        Assert.True(library.GetProperty("loads").GetBoolean());
        Assert.True(File.Exists(library.GetProperty("path").GetString()));
        var speed = result.Json.GetProperty("speed");
        Assert.Equal(1, speed.GetProperty("threads").GetInt32());
        Assert.True(speed.GetProperty("f32_matmul_gflops").GetDouble() > 0.1);
        Assert.True(speed.GetProperty("bf16_matmul_gflops").GetDouble() > 0.1);
    }

    // Property: a native library that does not load is explained by its cause, with exit code 8 and without a stack trace.
    [Fact]
    public void A_damaged_library_is_explained()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "uses symbolic links to the build output");
        using var folder = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            string copy = folder.File(Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            // Assemblies are copied, since the host follows links and would look for native files beside the originals.
            if (file.EndsWith(".so", StringComparison.Ordinal) || file.Contains(".so.", StringComparison.Ordinal)) File.CreateSymbolicLink(copy, file);
            else File.Copy(file, copy);
        }
        foreach (string library in Directory.GetFiles(folder.Path, "libLibTorchSharp.so", SearchOption.AllDirectories))
        {
            File.Delete(library);
            File.WriteAllText(library, "not a library");
        }
        var environment = new Dictionary<string, string?> { ["NUGET_PACKAGES"] = folder.Path };
        using var process = DarkroomProcess.StartAssembly(folder.File("Darkroom.Cli.dll"), ["doctor"], environment);
        var result = process.Wait();
        Assert.Equal(8, result.ExitCode);
        Assert.Contains("does not load", result.Output, StringComparison.Ordinal);
        Assert.Contains("damaged", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Output + result.Error, StringComparison.Ordinal);
    }
}
