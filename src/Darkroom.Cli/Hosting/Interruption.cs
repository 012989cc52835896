using System.Runtime.InteropServices;
using Darkroom.Cli.Output;

namespace Darkroom.Cli.Hosting;

/// <summary>
/// Turns Ctrl+C (SIGINT) and SIGTERM into a cancelled token, so that a command stops within a step and says what was kept.
/// The second signal is left to the operating system, which ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly CommandOutput _output;
    private int _signals;
    private ExitCode _exitCode = ExitCode.Interrupted;

    public Interruption(CommandOutput output)
    {
        _output = output;
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, ExitCode.Interrupted)));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, ExitCode.Terminated)));
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The code of the signal that came.</summary>
    public ExitCode ExitCode => _exitCode;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext signal, ExitCode code)
    {
        if (Interlocked.Increment(ref _signals) > 1) return;
        signal.Cancel = true;
        _exitCode = code;
        _output.Note("Stopping; once more to stop at once.");
        _source.Cancel();
    }
}
