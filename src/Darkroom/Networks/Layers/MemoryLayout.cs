using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>
/// Channels-last: a tensor seen as [N, C, H, W] that lies in memory as [N, H, W, C]. Convolutions keep it, and tokens [N, H W, C] are a view of it.
/// </summary>
internal static class MemoryLayout
{
    /// <summary>The same values laid out channels-last; an alias where they are already.</summary>
    public static Tensor ChannelsLast(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }
}
