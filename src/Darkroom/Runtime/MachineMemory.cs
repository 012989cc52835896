using System.Globalization;

namespace Darkroom.Runtime;

/// <summary>How much memory there is for this process, in bytes.</summary>
/// <param name="TotalBytes">What the machine has.</param>
/// <param name="AvailableBytes">What can be taken now without swapping, and within the limit.</param>
/// <param name="LimitBytes">The limit of the control group (container) that the process runs in; null where there is none.</param>
internal sealed record MachineMemory(long TotalBytes, long AvailableBytes, long? LimitBytes)
{
    /// <summary>Reads the memory of this machine.</summary>
    public static MachineMemory Read()
    {
        if (OperatingSystem.IsLinux()) return ReadLinux("/proc", "/sys/fs/cgroup");
        var memory = GC.GetGCMemoryInfo();
        long total = memory.TotalAvailableMemoryBytes;
        return new MachineMemory(total, Math.Max(0, total - memory.MemoryLoadBytes), null);
    }

    /// <summary>Reads the files of a Linux kernel: proc/meminfo, and the limits of control groups of version 1 and 2.</summary>
    internal static MachineMemory ReadLinux(string proc, string controlGroups)
    {
        var info = File.ReadLines(Path.Combine(proc, "meminfo")).Select(l => l.Split(':', 2)).Where(l => l.Length == 2)
            .ToDictionary(l => l[0], l => long.Parse(l[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture) * 1024);
        long total = info["MemTotal"], available = info.GetValueOrDefault("MemAvailable", info["MemFree"]);
        var (limit, used) = Limits(proc, controlGroups).Where(l => l.Limit < total).DefaultIfEmpty((Limit: long.MaxValue, Used: 0)).MinBy(l => l.Limit - l.Used);
        return limit == long.MaxValue
            ? new MachineMemory(total, available, null)
            : new MachineMemory(total, Math.Min(available, Math.Max(0, limit - used)), limit);
    }

    // Every group from that of the process up to the root may limit it.
    private static IEnumerable<(long Limit, long Used)> Limits(string proc, string controlGroups)
    {
        string membership = Path.Combine(proc, "self", "cgroup");
        if (!File.Exists(membership)) yield break;
        foreach (string[] line in File.ReadLines(membership).Select(l => l.Split(':', 3)).Where(l => l.Length == 3))
        {
            bool second = line[0] == "0" && line[1].Length == 0;
            if (!second && !line[1].Split(',').Contains("memory")) continue;
            string root = second ? controlGroups : Path.Combine(controlGroups, "memory");
            var (limitFile, usedFile) = second ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes");
            for (string group = line[2].Trim('/'); ; group = Path.GetDirectoryName(group) ?? "")
            {
                // Inside a container the path of the host may not be visible; then the root is the container's own group.
                if (Number(Path.Combine(root, group, limitFile)) is { } limit)
                    yield return (limit, Math.Max(0, (Number(Path.Combine(root, group, usedFile)) ?? 0) - (InactiveFile(Path.Combine(root, group, "memory.stat")) ?? 0)));
                if (group.Length == 0) break;
            }
        }
    }

    private static long? Number(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path).Trim(), CultureInfo.InvariantCulture, out long value) ? value : null;

    // Cached files count as used but go away when memory is wanted.
    private static long? InactiveFile(string path) => !File.Exists(path) ? null : File.ReadLines(path)
        .Select(l => l.Split(' ')).Where(l => l is ["total_inactive_file" or "inactive_file", _])
        .Select(l => long.Parse(l[1], CultureInfo.InvariantCulture)).Cast<long?>().LastOrDefault();
}
