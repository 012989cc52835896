using static TorchSharp.torch;

namespace Darkroom.Networks.Layers;

/// <summary>A table of <paramref name="count"/> vectors, looked up by 64-bit ids.</summary>
internal sealed class EmbeddingTable(long count, long width, LayerOptions options, double standardDeviation = 1)
    : WeightedLayer(nameof(EmbeddingTable), [count, width], 0, options)
{
    public override Tensor forward(Tensor ids)
    {
        using var flat = ids.flatten();
        using var vectors = Weight.index_select(0, flat);
        return vectors.reshape([.. ids.shape, Weight.shape[1]]);
    }

    public override void Initialise(Generator? generator)
    {
        using var guard = no_grad();
        Weight.normal_(0, standardDeviation, generator);
    }
}
