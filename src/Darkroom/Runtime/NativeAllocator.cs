using System.Runtime.InteropServices;

namespace Darkroom.Runtime;

/// <summary>How the C library hands out the memory of tensors (glibc; elsewhere nothing is changed).</summary>
/// <remarks>
/// glibc maps every large block afresh and unmaps it when it is freed, so that each operation on a large picture pays for touching new pages:
/// measured, a decode of 512x512 takes a tenth longer and a convolution with large weights twice as long. Kept in the heap, the pages are used again.
/// </remarks>
internal static unsafe class NativeAllocator
{
    private const int TrimThreshold = -1;
    private const int LargestMappedBlocks = -4;
    private static readonly Lazy<nint> LibC = new(() => OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) ? library : 0);
    private static readonly Lazy<bool> Kept = new(Configure);

    /// <summary>Makes freed memory stay with the process until <see cref="GiveBack"/>; done once, whoever asks.</summary>
    /// <returns>Whether the C library took the settings.</returns>
    public static bool KeepFreedMemory() => Kept.Value;

    /// <summary>Returns free memory to the system, after a network was disposed.</summary>
    public static void GiveBack()
    {
        if (Find("malloc_trim") is var trim and not 0) ((delegate* unmanaged<nuint, int>)trim)(0);
    }

    private static bool Configure()
    {
        if (Find("mallopt") is not (var option and not 0)) return false;
        var set = (delegate* unmanaged<int, int, int>)option;
        return set(LargestMappedBlocks, 0) == 1 && set(TrimThreshold, 1 << 30) == 1;
    }

    private static nint Find(string name) => LibC.Value != 0 && NativeLibrary.TryGetExport(LibC.Value, name, out nint address) ? address : 0;
}
