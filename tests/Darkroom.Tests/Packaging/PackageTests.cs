using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Packaging;

/// <summary>The library as users get it: a package.</summary>
[Trait("Category", "Slow")]
public class PackageTests
{
    // Property: a program that gets the package only through another project builds with no help of its own, libtorch loads in it, and the embedded
    // model lies beside it.
    [Fact]
    public void A_consumer_of_the_package_loads_libtorch()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("feed"));
        Directory.CreateDirectory(folder.File("app"));
        Directory.CreateDirectory(folder.File("middle"));
        // Packed as it was built: building in the folders of the running tests is not for a test.
        Dotnet.Run(Path.Combine(GoldenData.RepositoryRoot, "src", "Darkroom"), "pack", "-c", "Release", "--no-build", "-o", folder.File("feed"), "-v", "quiet");
        string version = Path.GetFileNameWithoutExtension(Directory.GetFiles(folder.File("feed"), "Darkroom.*.nupkg").Single())["Darkroom.".Length..];

        // Packages that are on this machine are taken from there; only ours comes from the feed, into a folder that goes away.
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(folder.File("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{folder.File("packages")}" /></config>
              <packageSources><clear /><add key="feed" value="{folder.File("feed")}" /></packageSources>
              <fallbackPackageFolders><add key="cache" value="{cache}" /></fallbackPackageFolders>
            </configuration>
            """);
        File.WriteAllText(folder.File("middle/Middle.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <ItemGroup><PackageReference Include="Darkroom" Version="{version}" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(folder.File("middle/Middle.cs"), """
            public static class Middle
            {
                public static float Four() => TorchSharp.torch.ones(2, 2).sum().item<float>();
            }
            """);
        File.WriteAllText(folder.File("app/App.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup>
              <ItemGroup><ProjectReference Include="../middle/Middle.csproj" /></ItemGroup>
            </Project>
            """);
        File.WriteAllText(folder.File("app/App.cs"), """
            System.Console.WriteLine($"{Darkroom.Runtime.Precisions.Parse("f32")} {Middle.Four()}");
            """);
        Dotnet.Run(folder.File("app"), "build", "-c", "Release", "-v", "quiet", "-nodeReuse:false");
        Assert.Equal("Float32 4", Dotnet.Program(DarkroomProcess.DotnetPath, folder.Path, folder.File("app/bin/Release/net10.0/App.dll")).Trim());
        bool isHere = File.Exists(Path.Combine(GoldenData.RepositoryRoot, "models", "scenes", "model_index.json"));
        Assert.Equal(isHere, File.Exists(folder.File("app/bin/Release/net10.0/models/scenes/model_index.json")));
    }
}
