using System.Diagnostics;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Docs;

/// <summary>
/// Runs the commands of a document one block after the other, in a folder that shows the files of the repository and takes what the
/// commands write. "darkroom" and "dotnet run --project src/Darkroom.Cli --" both mean the command line that was built with these tests.
/// </summary>
public sealed class CommandRunner : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly TemporaryFolder _folder = new();
    private readonly string _programs;

    public CommandRunner()
    {
        Work = Directory.CreateDirectory(_folder.File("work")).FullName;
        _programs = Directory.CreateDirectory(_folder.File("programs")).FullName;
        foreach (string entry in Directory.EnumerateFileSystemEntries(GoldenData.RepositoryRoot).Where(e => !Path.GetFileName(e).StartsWith('.')))
            File.CreateSymbolicLink(Path.Combine(Work, Path.GetFileName(entry)), entry);
        string darkroom = $"exec '{DarkroomProcess.DotnetPath}' '{Path.Combine(AppContext.BaseDirectory, "Darkroom.Cli.dll")}' \"$@\"";
        Program("darkroom", darkroom);
        Program("dotnet", $$"""
            if [ "$1" = run ]; then
                while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
                shift
                {{darkroom}}
            fi
            echo "Only dotnet run is run by the tests of the documents; mark the block with skip=\"the reason\"." >&2
            exit 1
            """);
    }

    /// <summary>The folder that the commands run in.</summary>
    public string Work { get; }

    /// <summary>Runs the commands of a block; throws with what they said where one fails.</summary>
    public void Run(string document, MarkdownBlock block)
    {
        var start = DarkroomProcess.StartInfo("/bin/bash", ["-euo", "pipefail", "-c", block.Text], Work,
            new Dictionary<string, string?> { ["PATH"] = $"{_programs}:{Environment.GetEnvironmentVariable("PATH")}", ["HOME"] = _folder.Path });
        using var bash = Process.Start(start)!;
        bash.StandardInput.Close();
        var output = bash.StandardOutput.ReadToEndAsync();
        var error = bash.StandardError.ReadToEndAsync();
        if (!bash.WaitForExit(Limit)) bash.Kill(entireProcessTree: true);
        bash.WaitForExit();
        if (bash.ExitCode != 0)
            throw new InvalidOperationException($"{document}:{block.Line}: the commands ended with {bash.ExitCode}:\n{block.Text}\n{output.Result}\n{error.Result}");
    }

    public void Dispose() => _folder.Dispose();

    private void Program(string name, string script)
    {
        string path = Path.Combine(_programs, name);
        File.WriteAllText(path, $"#!/bin/bash\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }
}
