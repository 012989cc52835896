using System.Runtime.InteropServices;

namespace Darkroom.Runtime;

/// <summary>How long OpenMP's threads wait in a loop for their next work before they sleep (GNU's runtime, which libtorch brings along on Linux).</summary>
/// <remarks>
/// By default they loop for milliseconds and take a core from the threads of <see cref="ComputeWorkers"/>. 20,000 rounds bridge the gaps between
/// operations and no more: a UNet call of Stable Diffusion 1.5 on two cores takes 4.4 s instead of 4.9 s. The runtime reads the setting when it is loaded.
/// </remarks>
internal static unsafe class OpenMpWaiting
{
    /// <summary>The setting's name.</summary>
    public const string Variable = "GOMP_SPINCOUNT";

    private const string Rounds = "20000";

    /// <summary>Sets it for this process, unless whoever started it has set it or a waiting policy; to be called before libtorch is loaded.</summary>
    public static void Shorten()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null) return;
        // .NET's own environment is a copy that native libraries don't see.
        if (!NativeLibrary.TryLoad("libc.so.6", out nint library) || !NativeLibrary.TryGetExport(library, "setenv", out nint address)) return;
        nint name = Marshal.StringToCoTaskMemUTF8(Variable), value = Marshal.StringToCoTaskMemUTF8(Rounds);
        ((delegate* unmanaged<nint, nint, int, int>)address)(name, value, 0);
        Marshal.FreeCoTaskMem(name);
        Marshal.FreeCoTaskMem(value);
    }
}
