using Darkroom.Runtime;

namespace Darkroom.Tests.Runtime;

public class NativeTorchTests
{
    // Property: each way in which the library fails to load is named by its cause, with what to do.
    [Theory]
    [InlineData("libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)", "lacks GLIBCXX_3.4.32", "libstdc++6")]
    [InlineData("libc.so.6: version `GLIBC_2.38' not found", "lacks GLIBC_2.38", "Update")]
    [InlineData("libgomp-98b21ff3.so.1: cannot open shared object file: No such file or directory", "needs libgomp", "libgomp1")]
    [InlineData("libtorch.so: cannot open shared object file: No such file or directory", "needs libtorch.so", "whole output folder")]
    [InlineData("libLibTorchSharp.so: invalid ELF header", "damaged", "NuGet cache")]
    [InlineData("libLibTorchSharp.so: file too short", "damaged", "NuGet cache")]
    [InlineData("something else", "did not load", "something else")]
    [InlineData(null, "did not load", "build again")]
    public void Causes_are_named(string? loaderMessage, string what, string remedy)
    {
        var problem = NativeTorchProblem.Of("/app/libLibTorchSharp.so", loaderMessage, windows: false);
        Assert.Contains(what, problem.What, StringComparison.Ordinal);
        Assert.Contains(remedy, problem.Remedy, StringComparison.Ordinal);
        Assert.Equal("/app/libLibTorchSharp.so", problem.Where);
    }

    // Property: on Windows the known defect of TorchSharp 0.107 and its way out are named.
    [Fact]
    public void Windows_is_named()
    {
        var problem = NativeTorchProblem.Of(@"C:\app\LibTorchSharp.dll", null, windows: true);
        Assert.Contains("Windows", problem.What, StringComparison.Ordinal);
        Assert.Contains("TorchSharpVersion=0.106.0", problem.Remedy, StringComparison.Ordinal);
    }

    // Property: a missing library is named as missing.
    [Fact]
    public void Missing_is_named() => Assert.Contains("does not lie beside", NativeTorchProblem.Of(null, null).What, StringComparison.Ordinal);

    // Property: the library loads in this process, and is found where it was loaded from.
    [Fact]
    public void Loads_here()
    {
        NativeTorch.Load();
        Assert.True(File.Exists(NativeTorch.Find()));
        Assert.StartsWith("2.", NativeTorch.LibTorchVersion, StringComparison.Ordinal);
    }
}
