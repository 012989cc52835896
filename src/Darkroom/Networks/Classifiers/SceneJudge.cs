using Darkroom.Networks.Layers;
using static TorchSharp.torch;

namespace Darkroom.Networks.Classifiers;

/// <summary>
/// Says what each cell of a picture shows: one of the objects, or nothing. A cell is <see cref="CellEdge"/> pixels wide, so a picture of 64 x 64 has 8 x 8.
/// </summary>
/// <remarks>Fully convolutional: pictures are [B, 3, H, W] in [-1, 1], H and W multiples of <see cref="CellEdge"/>.</remarks>
internal abstract class SceneJudge : Network
{
    /// <summary>Width and height of a cell in pixels.</summary>
    public const int CellEdge = 8;

    private protected SceneJudge(string name, SceneJudgeConfig config, LayerOptions options) : base(name, options) => Config = config;

    /// <summary>The shape that it was built with.</summary>
    public SceneJudgeConfig Config { get; }

    /// <summary>Builds the network of a configuration; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    public static SceneJudge Create(SceneJudgeConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        var options = new LayerOptions(dtype, device ?? CPU);
        return config.Design == SceneJudgeDesign.Residual ? new ResidualSceneJudge(config, options) : new DepthwiseSceneJudge(config, options);
    }

    /// <summary>Logits of each cell, [B, Objects + 1, H / 8, W / 8] in float32; the last class is "nothing". The caller owns it.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1].</param>
    public Tensor Logits(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        return Classify(Cells(Input(pictures))).to_type(ScalarType.Float32).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>What the last layer sees, averaged over the cells: [B, width] in float32, for distances between sets of pictures. The caller owns it.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1].</param>
    public Tensor Features(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        return Cells(Input(pictures)).to_type(ScalarType.Float32).mean([2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>What each picture shows.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1].</param>
    public IReadOnlyList<SceneJudgement> Judge(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return SceneJudgement.Read(Logits(pictures));
    }

    /// <summary>[B, width, H / 8, W / 8].</summary>
    private protected abstract Tensor Cells(Tensor pictures);

    /// <summary>From <see cref="Cells"/> to logits.</summary>
    private protected abstract Tensor Classify(Tensor cells);

    private Tensor Input(Tensor pictures) => MemoryLayout.ChannelsLast(pictures.to(Dtype));
}
