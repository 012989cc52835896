using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Darkroom.Tests.Cli;

/// <summary>What a run of the command line left.</summary>
public sealed record DarkroomResult(int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    /// <summary>The one JSON document on stdout.</summary>
    public JsonElement Json => Parse(Output);

    /// <summary>The one JSON document on stderr.</summary>
    public JsonElement ErrorJson => Parse(Error);

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

/// <summary>
/// Runs the built command line as a process of its own, in a folder and an environment of its own: no DARKROOM_ variable and no
/// configuration file of the machine reaches it.
/// </summary>
public sealed class DarkroomProcess : IDisposable
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "Darkroom.Cli.dll");

    /// <summary>The dotnet that runs these tests.</summary>
    public static string DotnetPath { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } named ? named : FindDotnet();

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly long _started = Stopwatch.GetTimestamp();

    private DarkroomProcess(ProcessStartInfo start, bool keepInputOpen = false)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        _process.Start();
        if (!keepInputOpen) _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Runs to the end.</summary>
    /// <param name="arguments">The words after "darkroom".</param>
    /// <param name="folder">The current folder; a new empty one where null.</param>
    /// <param name="environment">Variables to set; null values unset.</param>
    /// <param name="timeout">After this the process is killed and the test fails; a minute where null.</param>
    public static DarkroomResult Run(
        IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? timeout = null)
    {
        using var process = Start(arguments, folder, environment);
        return process.Wait(timeout);
    }

    public static DarkroomResult Run(params string[] arguments) => Run((IEnumerable<string>)arguments);

    /// <summary>Starts without waiting, for tests that interrupt.</summary>
    public static DarkroomProcess Start(
        IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null, bool keepInputOpen = false) =>
        new(Interruptible(Assembly, arguments, folder, environment), keepInputOpen);

    /// <summary>Starts a copy of the command line.</summary>
    public static DarkroomProcess StartAssembly(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null) =>
        new(Interruptible(assembly, arguments, folder: null, environment));

    // Where the tests themselves run in the background of a shell, SIGINT is ignored, and a process inherits that.
    private static ProcessStartInfo Interruptible(
        string assembly, IEnumerable<string> arguments, string? folder, IReadOnlyDictionary<string, string?>? environment) =>
        OperatingSystem.IsLinux()
            ? StartInfo("/usr/bin/env", [.. (string[])["--default-signal=INT", DotnetPath, assembly], .. arguments], folder, environment)
            : StartInfo(DotnetPath, arguments.Prepend(assembly), folder, environment);

    /// <summary>How a program is started: streams captured, nothing of the machine's Darkroom settings in its environment.</summary>
    public static ProcessStartInfo StartInfo(
        string program, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = folder ?? TemporaryFolder.OfProcess,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("DARKROOM_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(TemporaryFolder.OfProcess, "no-configuration");
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) start.Environment[name] = value;
        return start;
    }

    /// <summary>Waits until the process has said something, on stdout or stderr.</summary>
    public void WaitForMessage(string text)
    {
        var limit = TimeSpan.FromSeconds(30);
        while (!Text(_error).Contains(text, StringComparison.Ordinal) && !Text(_output).Contains(text, StringComparison.Ordinal))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(_started) > limit)
                throw new TimeoutException($"darkroom never said '{text}' but:\n{Text(_output)}\n{Text(_error)}");
            Thread.Sleep(5);
        }
    }

    /// <summary>Writes a line to the process's stdin, which must have been kept open.</summary>
    public void WriteLine(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Sends a signal: "INT", "TERM", "KILL".</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public DarkroomResult Wait(TimeSpan? timeout = null)
    {
        var limit = timeout ?? TimeSpan.FromMinutes(1);
        if (!_process.WaitForExit(limit))
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"darkroom was not done after {limit}. It had said:\n{Text(_output)}\n{Text(_error)}");
        }
        _process.WaitForExit();
        return new DarkroomResult(_process.ExitCode, Text(_output), Text(_error), Stopwatch.GetElapsedTime(_started));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    private static string FindDotnet()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists) ?? name;
    }
}
