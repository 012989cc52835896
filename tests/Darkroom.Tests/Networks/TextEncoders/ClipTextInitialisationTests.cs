using Darkroom.Networks.TextEncoders;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks.TextEncoders;

public class ClipTextInitialisationTests
{
    // Property: a fresh text encoder keeps words apart: where two texts have another word, their contexts are nearly as far apart as unrelated vectors
    // (the root of 2); a word that came before is still seen after it; and all layers together add little to the tokens.
    [Fact]
    public void Fresh_weights_keep_words_apart()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var encoder = new ClipTextEncoder(new ClipTextConfig
        {
            VocabSize = 1000,
            HiddenSize = 192,
            IntermediateSize = 768,
            NumHiddenLayers = 4,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
        });
        using (var generator = new Generator(1)) encoder.InitialiseWeights(generator);
        long[] first = [.. Enumerable.Range(0, 32).Select(i => (long)i)];
        long[] second = [.. first];
        second[5] = 500;
        var output = encoder.Encode(tensor(first.Concat(second).ToArray(), [2, 32]));
        var contexts = output.LastHiddenState;
        var distance = (contexts[0] - contexts[1]).square().mean([1]).sqrt();
        Assert.Equal(0, distance[4].item<float>());
        Assert.InRange(distance[5].item<float>(), 0.7f, 1.5f);
        Assert.InRange(distance[6].item<float>(), 0.01f, 1.5f);
        var (tokens, added) = (output.HiddenStates[0], output.HiddenStates[^1] - output.HiddenStates[0]);
        Assert.InRange(added.square().mean().sqrt().item<float>(), 1e-3f, 0.1f);
        Assert.InRange((added.square().mean() / tokens.square().mean()).sqrt().item<float>(), 1e-3f, 0.1f);
    }
}
