using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;

namespace Darkroom.Networks.Unet;

/// <summary>Makes the parts of one level, so that down, middle and up blocks are put together from the same ones.</summary>
/// <param name="Config">Of the network.</param>
/// <param name="Index">The level, 0 the finest.</param>
/// <param name="Path">Key prefix of the block.</param>
/// <param name="Slot">The network's attention processor.</param>
/// <param name="Options">Of the weights.</param>
internal sealed record UnetLevel(UnetConfig Config, int Index, string Path, AttentionProcessorSlot Slot, LayerOptions Options)
{
    public int Channels => Config.BlockOutChannels[Index];

    public static int TimeWidth(UnetConfig config) => config.TimeEmbeddingDim ?? 4 * config.BlockOutChannels[0];

    public ResidualShape Residual => new(TimeWidth(Config), Config.NormNumGroups, Config.NormEps, Config.ScaleShift, Config.Dropout);

    public ResidualBlock Resnet(int inputs, Resampling resampling = Resampling.None) =>
        new(inputs, Channels, Residual, Options, resampling);

    public SpatialTransformer Transformer(int number) =>
        new($"{Path}.attentions.{number}",
            new TransformerShape(Channels, Config.NumAttentionHeads[Index], Config.CrossAttentionDim, Config.TransformerLayersPerBlock[Index],
                Config.NormNumGroups, Config.UseLinearProjection, Config.UpcastAttention),
            Slot, Options);

    public Attention SelfAttention(int number, int? groups)
    {
        bool up = Path.StartsWith("up_blocks.", StringComparison.Ordinal);
        int heads = Config.SelfAttentionHeadWidth is int width ? Channels / width
            : (up ? Config.UpSelfAttentionHeads : null) ?? Config.SelfAttentionHeads ?? 1;
        return Attention.OverPicture(Channels, groups, Config.NormEps, Slot.At($"{Path}.attentions.{number}", false, heads), Options);
    }

    /// <summary>The attention layers that follow each residual block of a level; empty where there are none.</summary>
    public TorchSharp.torch.nn.Module<TorchSharp.torch.Tensor, TorchSharp.torch.Tensor?, TorchSharp.torch.Tensor>[] Attentions(
        UnetBlockKind kind, int count) => kind switch
        {
            UnetBlockKind.CrossAttention => [.. Enumerable.Range(0, count).Select(Transformer)],
            UnetBlockKind.SelfAttention => [.. Enumerable.Range(0, count).Select(i => SelfAttention(i, Config.NormNumGroups))],
            _ => [],
        };

    public bool ResamplesByResnet(UnetBlockKind kind) =>
        kind == UnetBlockKind.ResidualResampling || (kind == UnetBlockKind.SelfAttention && Config.ResidualResampling);
}
