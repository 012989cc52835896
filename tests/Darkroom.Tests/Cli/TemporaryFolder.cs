namespace Darkroom.Tests.Cli;

/// <summary>A new empty folder that goes away with its test.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("darkroom-test-").FullName;

    /// <summary>An empty folder that lives as long as the test run; nothing writes into it.</summary>
    public static string OfProcess { get; } = CreateOfProcess();

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static string CreateOfProcess()
    {
        string path = Directory.CreateTempSubdirectory("darkroom-tests-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(path, recursive: true);
        return path;
    }
}
