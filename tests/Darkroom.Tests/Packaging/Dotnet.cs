using System.Diagnostics;
using Darkroom.Tests.Cli;

namespace Darkroom.Tests.Packaging;

/// <summary>Runs the .NET SDK and programs that it made.</summary>
internal static class Dotnet
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs the SDK; throws with what it said where it fails.</summary>
    public static void Run(string folder, params string[] arguments) => Program(DarkroomProcess.DotnetPath, folder, arguments);

    /// <summary>Runs a program; throws with what it said where it fails.</summary>
    /// <returns>What it wrote on stdout.</returns>
    public static string Program(string program, string folder, params string[] arguments)
    {
        var start = DarkroomProcess.StartInfo(program, arguments, folder, new Dictionary<string, string?>
        {
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_NOLOGO"] = "1",
            ["MSBUILDDISABLENODEREUSE"] = "1",
        });
        // What the test run's own MSBuild left in the environment must not reach another one.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBuild", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Limit)) process.Kill(entireProcessTree: true);
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Result
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output.Result}\n{error.Result}");
    }
}
