using Darkroom.Networks.Blocks;
using static TorchSharp.torch;

namespace Darkroom.Tests.Networks;

public class UnfusedAttentionTests
{
    // Property: results and gradients are those of the fused operator, for self-attention and for a context of another length.
    [Theory]
    [InlineData(16, false)]
    [InlineData(7, true)]
    public void Equals_the_fused_operator(int keys, bool upcast)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var site = new AttentionSite { Path = "test", IsCross = keys != 16, Heads = 2, Upcast = upcast };
        var query = randn([3, 2, 16, 8], generator: generator).requires_grad_(true);
        var key = randn([3, 2, keys, 8], generator: generator).requires_grad_(true);
        var value = randn([3, 2, keys, 8], generator: generator).requires_grad_(true);
        var (fused, fusedGradients) = Run(new ScaledDotProduct());
        var (unfused, unfusedGradients) = Run(new UnfusedAttention());
        Assert.True(fused.allclose(unfused, rtol: 1e-5, atol: 1e-6));
        foreach (var (a, b) in fusedGradients.Zip(unfusedGradients)) Assert.True(a.allclose(b, rtol: 1e-4, atol: 1e-5));

        (Tensor, Tensor[]) Run(IAttentionProcessor processor)
        {
            foreach (var input in new[] { query, key, value }) input.grad = null;
            var result = processor.Attend(site, query, key, value);
            result.square().sum().backward();
            return (result.detach(), [query.grad!.clone(), key.grad!.clone(), value.grad!.clone()]);
        }
    }
}
