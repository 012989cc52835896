using Darkroom.Networks.Blocks;
using Darkroom.Training.Data;
using Darkroom.Training.Tasks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training.Tasks;

/// <summary>The grounding loss is (1 - s)^2 of the share s of words' attention on their things, over layers of any depth; reading attention doesn't change it.</summary>
public class GroundingLossTests
{
    private const int Edge = 4;
    private const int Words = 5;

    // Property: attention that lies on the mask alone costs nothing; uniform attention has the mask's area as its share.
    [Fact]
    public void Attention_on_the_thing_costs_nothing_and_uniform_attention_has_the_share_of_its_area()
    {
        using var scope = NewDisposeScope();
        var loss = GroundingLoss.Of([Sample([1, 2], LeftHalf)], [false])!;
        var perfect = zeros(1, Edge * Edge, Words);
        for (int at = 0; at < Edge * Edge; at++) perfect[0, at, 1 + at % 2] = LeftHalf(at) ? 0.7f : 0;
        AssertValues(0, 1, loss.Of([perfect]));
        AssertValues(0.25, 0.5, loss.Of([ones(1, Edge * Edge, Words) / Words]));
        AssertValues(0.125, 0.75, loss.Of([perfect, ones(1, Edge * Edge, Words) / Words]));
    }

    // Property: at a layer of half the edge the mask is brought down; a small thing keeps the place that it covers most.
    [Fact]
    public void Deeper_layers_have_coarser_masks()
    {
        using var scope = NewDisposeScope();
        var map = zeros(1, Edge * Edge / 4, Words);
        map[0, 0, 1] = 1;
        AssertValues(0, 1, GroundingLoss.Of([Sample([1], at => at == 0)], [false])!.Of([map]));
        AssertValues(1, 0, GroundingLoss.Of([Sample([1], at => at == Edge * Edge - 1)], [false])!.Of([map]));
    }

    // Property: samples without words, and batches without regions, say nothing; of two samples each thing counts alike.
    [Fact]
    public void Samples_without_their_words_do_not_count()
    {
        using var scope = NewDisposeScope();
        LatentSample left = Sample([1], LeftHalf), unknown = left with { Regions = [] };
        Assert.Null(GroundingLoss.Of([left, unknown], [true, false]));
        var map = zeros(2, Edge * Edge, Words);
        map[0, 0, 1] = 1; // on the thing
        map[1, Edge - 1, 1] = 1; // beside it
        AssertValues(0, 1, GroundingLoss.Of([left, left], [false, true])!.Of([map]));
        AssertValues(0.5, 0.5, GroundingLoss.Of([left, left], [false, false])!.Of([map]));
        AssertValues(0, 1, GroundingLoss.Of([left, unknown], [false, false])!.Of([map]));
    }

    // Property: following the gradient of the loss moves attention onto the thing.
    [Fact]
    public void Its_gradient_moves_attention_onto_the_thing()
    {
        using var scope = NewDisposeScope();
        var loss = GroundingLoss.Of([Sample([1], LeftHalf)], [false])!;
        var scores = zeros([1, Edge * Edge, Words], requires_grad: true);
        for (int step = 0; step < 200; step++)
        {
            loss.Of([scores.softmax(-1)]).Loss.backward();
            using var guard = no_grad();
            scores.sub_(scores.grad! * 20);
            scores.grad!.zero_();
        }
        Assert.InRange(loss.Of([scores.softmax(-1)]).Share.item<float>(), 0.9f, 1f);
    }

    // Property: attention that is recorded is the attention that isn't, bit for bit, and what is recorded is its probabilities, of cross-attention alone.
    [Fact]
    public void Recording_does_not_change_attention()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var (query, key, value) = (randn(2, 3, 16, 8), randn(2, 3, Words, 8), randn(2, 3, Words, 8));
        AttentionSite cross = new() { Path = "a", IsCross = true, Heads = 3 }, self = cross with { IsCross = false };
        var recorder = new CrossAttentionRecorder();
        recorder.Start();
        var recorded = recorder.Attend(cross, query, key, value);
        recorder.Attend(self, query, key, value);
        var map = Assert.Single(recorder.Stop());
        Assert.True(recorded.equal(new UnfusedAttention().Attend(cross, query, key, value)).all().item<bool>());
        Assert.Equal([2, 16, Words], map.shape);
        Assert.InRange((map.sum(-1) - 1).abs().max().item<float>(), 0, 1e-5f);
        recorder.Attend(cross, query, key, value);
        Assert.Empty(recorder.Stop());
    }

    private static bool LeftHalf(int at) => at % Edge < Edge / 2;

    private static LatentSample Sample(int[] tokens, Func<int, bool> covered) => new(new float[Edge * Edge], 1, Edge, Edge, new int[Words])
    {
        Regions = [new WordRegion(tokens, [.. Enumerable.Range(0, Edge * Edge).Select(at => covered(at) ? 1f : 0f)])],
    };

    private static void AssertValues(double loss, double share, (Tensor Loss, Tensor Share) actual)
    {
        Assert.Equal(loss, actual.Loss.item<float>(), 1e-5);
        Assert.Equal(share, actual.Share.item<float>(), 1e-5);
    }
}
