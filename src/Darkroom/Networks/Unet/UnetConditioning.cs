using static TorchSharp.torch;

namespace Darkroom.Networks.Unet;

/// <summary>What a UNet may take besides picture, timestep and context. Nothing here is disposed by the network.</summary>
public sealed record UnetConditioning
{
    /// <summary>[B] class ids (64-bit) or noise levels, or [B, width] vectors for a class projection.</summary>
    public Tensor? ClassLabels { get; init; }

    /// <summary>[B, width] pooled text of SDXL (text_embeds).</summary>
    public Tensor? PooledText { get; init; }

    /// <summary>[B, n] original size, crop and target size of SDXL (time_ids).</summary>
    public Tensor? SizeIds { get; init; }

    /// <summary>[B, TimeCondProjDim] guidance embedding of latent consistency models.</summary>
    public Tensor? GuidanceEmbedding { get; init; }

    /// <summary>Added to every skip connection, finest first (ControlNet's down residuals); as many as there are skips.</summary>
    public IReadOnlyList<Tensor>? DownResiduals { get; init; }

    /// <summary>Added to the output of the middle block (ControlNet's mid residual).</summary>
    public Tensor? MidResidual { get; init; }

    /// <summary>Added to the output of each level on the way down, before it is halved (T2I-Adapter); one per level.</summary>
    public IReadOnlyList<Tensor>? LevelResiduals { get; init; }
}
