using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>Stops a generation at the first NaN or infinity, with the stage and step it was found at, rather than saving a grey picture.</summary>
internal static class FiniteCheck
{
    /// <summary>Throws where a number of <paramref name="tensor"/> is not finite.</summary>
    /// <exception cref="DarkroomException">Of kind Numerical.</exception>
    public static void Throw(Tensor tensor, string stage, Precision precision)
    {
        using var scope = NewDisposeScope();
        if (tensor.isfinite().all().item<bool>()) return;
        string remedy = precision switch
        {
            Precision.Float16 => "f16 may be too narrow for this model: try --dtype bf16 or f32.",
            Precision.BFloat16 => "See whether --dtype f32 gives it too; if so, the checkpoint is damaged or does not fit this sampler.",
            _ => "The checkpoint is damaged or does not fit this sampler.",
        };
        throw new DarkroomException(ErrorKind.Numerical, "The computation gave NaN or infinity.", stage, remedy);
    }
}
