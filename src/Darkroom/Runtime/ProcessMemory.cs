using System.Diagnostics;
using System.Globalization;

namespace Darkroom.Runtime;

/// <summary>The physical memory that this process takes.</summary>
internal static class ProcessMemory
{
    /// <summary>The most it took, in bytes: since its start, or since <see cref="ForgetPeak"/> where the system can forget.</summary>
    public static long Peak()
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Begins the count of <see cref="Peak"/> anew (Linux; elsewhere, and where it is not allowed, nothing happens).</summary>
    public static void ForgetPeak()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The peak then covers the stages before as well.
        }
    }
}
