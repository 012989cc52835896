using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>The norm of all gradients together.</summary>
internal static class GradientNorm
{
    /// <summary>sqrt(sum of squares over all gradients), as torch.nn.utils.clip_grad_norm_ takes it: the norm of the tensors' norms.</summary>
    public static double Of(IEnumerable<Tensor?> gradients)
    {
        using var scope = NewDisposeScope();
        var norms = gradients.OfType<Tensor>().Select(g => g.norm()).ToArray();
        return norms.Length == 0 ? 0 : stack(norms).norm().item<float>();
    }

    /// <summary>Multiplies every gradient by min(1, limit / (norm + 1e-6)), in place.</summary>
    public static void Clip(IEnumerable<Tensor?> gradients, double norm, double limit)
    {
        float share = (float)limit / ((float)norm + 1e-6f);
        if (share >= 1) return;
        foreach (var gradient in gradients.OfType<Tensor>()) gradient.mul_(share);
    }
}
