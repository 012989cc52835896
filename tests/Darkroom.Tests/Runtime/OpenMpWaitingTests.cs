using System.Runtime.InteropServices;
using Darkroom.Runtime;

namespace Darkroom.Tests.Runtime;

public unsafe class OpenMpWaitingTests
{
    // Property: native libraries see the setting afterwards, unless a waiting policy or a setting was given from outside, which then stays.
    [Fact]
    public void Native_libraries_see_the_setting()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out _), "GNU's runtime is Linux's.");
        bool policy = Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null;
        string? given = Environment.GetEnvironmentVariable(OpenMpWaiting.Variable);
        OpenMpWaiting.Shorten();
        Assert.Equal(given ?? (policy ? null : "20000"), Native(OpenMpWaiting.Variable));
    }

    private static string? Native(string name)
    {
        var read = (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getenv");
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        nint value = read(text);
        Marshal.FreeCoTaskMem(text);
        return Marshal.PtrToStringUTF8(value);
    }
}
