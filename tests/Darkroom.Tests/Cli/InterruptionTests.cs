namespace Darkroom.Tests.Cli;

public class InterruptionTests
{
    // Property: Ctrl+C and SIGTERM stop a command soon, with the exit code of the signal and a sentence, and without a result.
    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_stops_a_command(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals to send");
        Assert.SkipWhen(signal == "INT" && InterruptsAreIgnored(), "this process was started with SIGINT ignored, which its children inherit");
        using var process = DarkroomProcess.Start(["doctor"]);
        process.WaitForMessage("Measuring");
        process.Signal(signal);
        var result = process.Wait();
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains("Stopping", result.Error, StringComparison.Ordinal);
        Assert.Contains("error: Stopped", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    // Property: a second signal ends a command that cannot stop by itself, here one that waits for input that never comes.
    [Fact]
    public void The_second_signal_ends_it_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no signals to send");
        using var process = DarkroomProcess.Start(["tokens", "--jsonl"], keepInputOpen: true);
        process.WriteLine("""{"text":"an apple"}""");
        process.WaitForMessage("ids");
        process.Signal("TERM");
        process.WaitForMessage("Stopping");
        process.Signal("TERM");
        var result = process.Wait(TimeSpan.FromSeconds(10));
        Assert.Equal(143, result.ExitCode);
        Assert.DoesNotContain("error: Stopped", result.Error, StringComparison.Ordinal);
    }

    // The mask of ignored signals, in hexadecimal; SIGINT is number 2, so bit 1.
    private static bool InterruptsAreIgnored() => File.Exists("/proc/self/status") && File.ReadLines("/proc/self/status")
        .Any(l => l.StartsWith("SigIgn:", StringComparison.Ordinal) && (Convert.ToUInt64(l[7..].Trim(), 16) & 2) != 0);
}
