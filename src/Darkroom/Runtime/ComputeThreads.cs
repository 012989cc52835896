using TorchSharp;

namespace Darkroom.Runtime;

/// <summary>How many threads one operation of torch may use; a setting of the whole process.</summary>
internal static class ComputeThreads
{
    /// <summary>Sets the number of threads.</summary>
    /// <param name="threads">At least 1; as many as this process may use cores where null.</param>
    /// <returns>The number that is in force now.</returns>
    public static int Use(int? threads)
    {
        NativeTorch.Load();
        torch.set_num_threads(threads ?? System.Environment.ProcessorCount);
        return torch.get_num_threads();
    }
}
