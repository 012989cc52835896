using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>The activations of the networks.</summary>
internal static class Activation
{
    /// <summary>silu(x) = x sigmoid(x).</summary>
    public static Tensor Silu(Tensor x) => nn.functional.silu(x);

    /// <summary>x sigmoid(1.702 x), the approximation that OpenAI's CLIP was trained with.</summary>
    public static Tensor QuickGelu(Tensor x)
    {
        using var scaled = 1.702 * x;
        using var gate = sigmoid(scaled);
        return x * gate;
    }

    /// <summary>The exact gelu.</summary>
    public static Tensor Gelu(Tensor x) => nn.functional.gelu(x);
}
