using System.Text.Json;

namespace Darkroom.Networks.Unet;

/// <summary>What a level of the network does besides its residual blocks.</summary>
public enum UnetBlockKind
{
    /// <summary>Residual blocks alone (DownBlock2D, UpBlock2D).</summary>
    Plain,

    /// <summary>A spatial transformer after each residual block (CrossAttnDownBlock2D, CrossAttnUpBlock2D).</summary>
    CrossAttention,

    /// <summary>Self-attention after each residual block (AttnDownBlock2D, AttnUpBlock2D).</summary>
    SelfAttention,

    /// <summary>Residual blocks alone, and a residual block that changes the size (ResnetDownsampleBlock2D, ResnetUpsampleBlock2D).</summary>
    ResidualResampling,
}

/// <summary>The shape of a UNet, by the names of the upstream <c>config.json</c> (UNet2DConditionModel and UNet2DModel).</summary>
/// <remarks>The defaults are those of UNet2DConditionModel, that is, of Stable Diffusion 1.</remarks>
public sealed record UnetConfig
{
    /// <summary>Channels of the input: 4 latents; 9 for inpainting (latents, mask, masked latents).</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Channels of the output; twice the picture's where the variance is learned.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Height and width it was trained on, in its own pixels; not used in computing.</summary>
    public int? SampleSize { get; init; }

    /// <summary>Channels of each level, from the finest.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Kind of each level on the way down.</summary>
    public IReadOnlyList<UnetBlockKind> DownBlockTypes { get; init; } =
        [UnetBlockKind.CrossAttention, UnetBlockKind.CrossAttention, UnetBlockKind.CrossAttention, UnetBlockKind.Plain];

    /// <summary>Kind of each level on the way up.</summary>
    public IReadOnlyList<UnetBlockKind> UpBlockTypes { get; init; } =
        [UnetBlockKind.Plain, UnetBlockKind.CrossAttention, UnetBlockKind.CrossAttention, UnetBlockKind.CrossAttention];

    /// <summary>Kind of the middle: cross-attention, self-attention or plain.</summary>
    public UnetBlockKind MidBlockType { get; init; } = UnetBlockKind.CrossAttention;

    /// <summary>Residual blocks of each level on the way down; one more on the way up.</summary>
    public IReadOnlyList<int> LayersPerBlock { get; init; } = [2, 2, 2, 2];

    /// <summary>Transformer blocks of each spatial transformer, per level.</summary>
    public IReadOnlyList<int> TransformerLayersPerBlock { get; init; } = [1, 1, 1, 1];

    /// <summary>Heads of cross-attention levels. The upstream files of Stable Diffusion call this attention_head_dim.</summary>
    public IReadOnlyList<int> NumAttentionHeads { get; init; } = [8, 8, 8, 8];

    /// <summary>Width of a head at self-attention levels; null is one head as wide as the level.</summary>
    public int? SelfAttentionHeadWidth { get; init; } = 8;

    /// <summary>Heads at self-attention levels, whatever their width, where <see cref="SelfAttentionHeadWidth"/> is null; null is one.</summary>
    public int? SelfAttentionHeads { get; init; }

    /// <summary>The same on the way up; null follows <see cref="SelfAttentionHeads"/>.</summary>
    public int? UpSelfAttentionHeads { get; init; }

    /// <summary>Width of the context.</summary>
    public int CrossAttentionDim { get; init; } = 1280;

    /// <summary>Spatial transformers project by linear layers (SD2, SDXL) instead of 1x1 convolutions (SD1).</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Attention scores in float32.</summary>
    public bool UpcastAttention { get; init; }

    /// <summary>Groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Groups of the middle's self-attention norm; null follows the residual blocks, or no norm where those scale and shift.</summary>
    public int? AttnNormNumGroups { get; init; }

    /// <summary>Epsilon of the group norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>1 pads all sides before halving, 0 only below and at the right.</summary>
    public int DownsamplePadding { get; init; } = 1;

    /// <summary>Self-attention levels change the size by residual blocks instead of convolutions.</summary>
    public bool ResidualResampling { get; init; }

    /// <summary>The size is changed by averaging and repeating alone, without convolutions.</summary>
    public bool PooledResampling { get; init; }

    /// <summary>The time embedding scales and shifts (improved DDPM) instead of being added.</summary>
    public bool ScaleShift { get; init; }

    /// <summary>The cosines come first in the time embedding.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>freq_shift of the time embedding.</summary>
    public double FreqShift { get; init; }

    /// <summary>Width of the time embedding; null is four times the first level's.</summary>
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>Width of the guidance embedding of latent consistency models, or null.</summary>
    public int? TimeCondProjDim { get; init; }

    /// <summary>Number of classes of a learned class embedding, or null.</summary>
    public int? NumClassEmbeds { get; init; }

    /// <summary>null (a table of <see cref="NumClassEmbeds"/>), <c>timestep</c> or <c>projection</c>.</summary>
    public string? ClassEmbedType { get; init; }

    /// <summary>Width of the input of the class projection, or of the text-and-size embedding.</summary>
    public int? ProjectionClassEmbeddingsInputDim { get; init; }

    /// <summary>Width of each embedded size of SDXL's text-and-size embedding (addition_embed_type text_time), or null where there is none.</summary>
    public int? AdditionTimeEmbedDim { get; init; }

    /// <summary>Feeds 2x - 1 to the network.</summary>
    public bool CenterInputSample { get; init; }

    /// <summary>Kernel of the first convolution.</summary>
    public int ConvInKernel { get; init; } = 3;

    /// <summary>Kernel of the last convolution.</summary>
    public int ConvOutKernel { get; init; } = 3;

    /// <summary>Dropout of the residual blocks, in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether the network takes a context.</summary>
    public bool TakesContext => MidBlockType == UnetBlockKind.CrossAttention
        || DownBlockTypes.Concat(UpBlockTypes).Contains(UnetBlockKind.CrossAttention);

    /// <summary>Stable Diffusion 1.x (runwayml/stable-diffusion-v1-5, unet/config.json).</summary>
    public static UnetConfig StableDiffusion1 { get; } = new() { CrossAttentionDim = 768, SampleSize = 64 };

    /// <summary>Reads an upstream configuration; foreign keys are ignored.</summary>
    /// <exception cref="DarkroomException">Values that are not supported, all by name (<see cref="ErrorKind.BadFile"/>).</exception>
    public static UnetConfig FromJson(JsonElement json) => UnetConfigReader.Read(json);
}
