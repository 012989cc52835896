using Darkroom.Runtime;
using Darkroom.Tests.Cli;

namespace Darkroom.Tests.Runtime;

public class MachineMemoryTests
{
    private const string Meminfo = "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    9000 kB\n";

    // Property: this machine has memory, and not more of it available than there is.
    [Fact]
    public void This_machine_has_memory()
    {
        var memory = MachineMemory.Read();
        Assert.InRange(memory.AvailableBytes, 1, memory.TotalBytes);
    }

    // Property: without a control group's limit, the kernel's figure of available memory counts.
    [Fact]
    public void Without_a_limit()
    {
        using var folder = Machine("0::/\n", []);
        Assert.Equal(new MachineMemory(16000 << 10, 9000 << 10, null), Read(folder));
    }

    // Property: a limit of version 2, of the group itself or of any above it, leaves limit - used + inactive file cache.
    [Theory]
    [InlineData("a/b")]
    [InlineData("a")]
    [InlineData("")]
    public void A_limit_of_version_2(string group)
    {
        using var folder = Machine("0::/a/b\n", new()
        {
            [$"cg/{group}/memory.max"] = "4096000\n",
            [$"cg/{group}/memory.current"] = "3000000\n",
            [$"cg/{group}/memory.stat"] = "anon 5\ninactive_file 500000\n",
        });
        Assert.Equal(new MachineMemory(16000 << 10, 1596000, 4096000), Read(folder));
    }

    // Property: a limit of version 1 counts alike.
    [Fact]
    public void A_limit_of_version_1()
    {
        using var folder = Machine("4:cpu,memory:/x\n0::/\n", new()
        {
            ["cg/memory/x/memory.limit_in_bytes"] = "4096000\n",
            ["cg/memory/x/memory.usage_in_bytes"] = "1000000\n",
        });
        Assert.Equal(new MachineMemory(16000 << 10, 3096000, 4096000), Read(folder));
    }

    // Property: "max", and limits larger than the machine, are no limits.
    [Theory]
    [InlineData("max")]
    [InlineData("9223372036854771712")]
    public void No_limit(string limit)
    {
        using var folder = Machine("0::/\n", new() { ["cg/memory.max"] = limit });
        Assert.Null(Read(folder).LimitBytes);
    }

    private static MachineMemory Read(TemporaryFolder folder) => MachineMemory.ReadLinux(folder.File("proc"), folder.File("cg"));

    private static TemporaryFolder Machine(string membership, Dictionary<string, string> files)
    {
        var folder = new TemporaryFolder();
        files["proc/meminfo"] = Meminfo;
        files["proc/self/cgroup"] = membership;
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), text);
        }
        return folder;
    }
}
