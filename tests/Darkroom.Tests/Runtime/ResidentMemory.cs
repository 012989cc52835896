namespace Darkroom.Tests.Runtime;

/// <summary>The physical memory of the test process, for tests that bound its growth.</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes, after everything that can be collected is.</summary>
    public static long Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
