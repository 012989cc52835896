using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Blocks;

/// <summary>Sinusoidal embedding of numbers: cos and sin of t f_i with f_i = 10000^(-i / (half - shift)), i = 0 .. half-1.</summary>
/// <remarks>Vaswani et al. 2017, arXiv:1706.03762, section 3.5. Stable Diffusion has the cosines first and shift 0; DDPM the sines first and shift 1.</remarks>
/// <param name="Width">Of the embedding; an odd width ends in a zero.</param>
/// <param name="CosineFirst">flip_sin_to_cos.</param>
/// <param name="Shift">freq_shift.</param>
internal sealed record SinusoidalEmbedding(int Width, bool CosineFirst, double Shift)
{
    /// <param name="numbers">[N], any dtype.</param>
    /// <returns>[N, Width], float32 whatever the network's dtype.</returns>
    public Tensor Embed(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        int half = Width / 2;
        var exponent = -Math.Log(10000) * arange(half, float32, numbers.device) / (half - Shift);
        var angle = numbers.to(float32).unsqueeze(1) * exponent.exp().unsqueeze(0);
        var parts = CosineFirst ? cat([angle.cos(), angle.sin()], dim: 1) : cat([angle.sin(), angle.cos()], dim: 1);
        if (Width % 2 == 1) parts = nn.functional.pad(parts, [0, 1]);
        return parts.MoveToOuterDisposeScope();
    }
}

/// <summary>linear, silu, linear: from a sinusoidal or vector embedding to the width that the residual blocks take.</summary>
internal sealed class TimeEmbedding : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "linear_1")] private readonly LinearLayer _linear1;
    [ComponentName(Name = "cond_proj")] private readonly LinearLayer? _conditionProjection;
    [ComponentName(Name = "linear_2")] private readonly LinearLayer _linear2;

    public TimeEmbedding(int inputs, int outputs, LayerOptions options, int? conditionWidth = null) : base(nameof(TimeEmbedding))
    {
        _linear1 = new LinearLayer(inputs, outputs, options);
        if (conditionWidth is int width) _conditionProjection = new LinearLayer(width, inputs, options, bias: false);
        _linear2 = new LinearLayer(outputs, outputs, options);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => With(x, null);

    /// <summary>The same, with a further condition added to the input (the guidance embedding of latent consistency models).</summary>
    public Tensor With(Tensor x, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        var input = _conditionProjection is not null && condition is not null ? x + _conditionProjection.call(condition) : x;
        return _linear2.call(Activation.Silu(_linear1.call(input))).MoveToOuterDisposeScope();
    }
}
