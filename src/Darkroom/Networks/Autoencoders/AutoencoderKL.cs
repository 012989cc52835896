using Darkroom.Networks.Blocks;
using Darkroom.Networks.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Darkroom.Networks.Autoencoders;

/// <summary>The first stage of latent diffusion: a variational autoencoder. It owns its latent scale, so no caller can get it wrong.</summary>
/// <remarks>
/// Rombach et al. 2022, arXiv:2112.10752, section 3.1 and appendix G; latents = (z - shift) scale. Keys as in diffusers' AutoencoderKL.
/// Pictures are [B, 3, H, W] in [-1, 1]; latents [B, C, H / Factor, W / Factor].
/// </remarks>
public sealed class AutoencoderKL : Network
{
    [ComponentName(Name = "encoder")] private readonly Encoder _encoder;
    [ComponentName(Name = "decoder")] private readonly Decoder _decoder;
    [ComponentName(Name = "quant_conv")] private readonly Convolution2d? _quantConv;
    [ComponentName(Name = "post_quant_conv")] private readonly Convolution2d? _postQuantConv;
    private readonly AttentionProcessorSlot _attention = new();

    /// <summary>Builds the network; with <c>meta</c> as device its weights are to be assigned, else they are drawn.</summary>
    public AutoencoderKL(AutoencoderConfig config, ScalarType dtype = ScalarType.Float32, Device? device = null)
        : base(nameof(AutoencoderKL), new LayerOptions(dtype, device ?? CPU))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        int moments = 2 * config.LatentChannels;
        _encoder = new Encoder(config, _attention, Options);
        _decoder = new Decoder(config, _attention, Options);
        if (config.UseQuantConv) _quantConv = new Convolution2d(moments, moments, 1, Options);
        if (config.UsePostQuantConv) _postQuantConv = new Convolution2d(config.LatentChannels, config.LatentChannels, 1, Options);
        Complete();
    }

    /// <summary>The shape that it was built with.</summary>
    public AutoencoderConfig Config { get; }

    /// <summary>scale of latents = (z - shift) scale.</summary>
    public double LatentScale => Config.ScalingFactor;

    /// <summary>shift of latents = (z - shift) scale.</summary>
    public double LatentShift => Config.ShiftFactor;

    /// <summary>The weight at which adversarial training balances its losses (the decoder's last convolution).</summary>
    public Tensor LastDecoderWeight => _decoder.LastWeight;

    /// <summary>q(z | picture), before scaling.</summary>
    /// <param name="pictures">[B, InChannels, H, W] in [-1, 1], any float dtype; H and W are multiples of Factor.</param>
    /// <returns>In the dtype of the pictures; the caller disposes it.</returns>
    public DiagonalGaussian Encode(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        return Detached(new DiagonalGaussian(EncodeMoments(pictures)));
    }

    /// <summary>(z - shift) scale: from what <see cref="Encode"/> describes to what the denoiser works on.</summary>
    public Tensor ToLatents(Tensor z) => Shifted(z, -LatentShift, LatentScale, 0);

    /// <summary>latents / scale + shift, the inverse of <see cref="ToLatents"/>.</summary>
    public Tensor FromLatents(Tensor latents) => Shifted(latents, 0, 1 / LatentScale, LatentShift);

    /// <summary>Pictures from latents, as the denoiser gives them.</summary>
    /// <param name="latents">[B, LatentChannels, h, w], any float dtype.</param>
    /// <returns>[B, OutChannels, h Factor, w Factor], about [-1, 1], not clamped, in the dtype of the latents.</returns>
    public Tensor Decode(Tensor latents)
    {
        using var z = FromLatents(latents);
        return DecodeUnscaled(z);
    }

    /// <summary>Pictures from z, before scaling: the decoder alone, for training the autoencoder.</summary>
    public Tensor DecodeUnscaled(Tensor z)
    {
        ArgumentNullException.ThrowIfNull(z);
        using var scope = NewDisposeScope();
        return _decoder.call(DecoderInput(z)).to(z.dtype).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The decoder, for those that run it in parts.</summary>
    internal Decoder Decoder => _decoder;

    /// <summary>What the decoder takes for z.</summary>
    internal Tensor DecoderInput(Tensor z)
    {
        var input = MemoryLayout.ChannelsLast(z.to(Dtype));
        return _postQuantConv is null ? input : _postQuantConv.call(input);
    }

    /// <summary>[B, 2 LatentChannels, h, w]: mean and logarithm of the variance, as the encoder gives them.</summary>
    internal Tensor EncodeMoments(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var moments = _encoder.call(MemoryLayout.ChannelsLast(pictures.to(Dtype)));
        if (_quantConv is not null) moments = _quantConv.call(moments);
        return moments.to(pictures.dtype).contiguous().MoveToOuterDisposeScope();
    }

    private static DiagonalGaussian Detached(DiagonalGaussian posterior)
    {
        posterior.Mean.MoveToOuterDisposeScope();
        posterior.LogVariance.MoveToOuterDisposeScope();
        return posterior;
    }

    private static Tensor Shifted(Tensor x, double before, double factor, double after)
    {
        ArgumentNullException.ThrowIfNull(x);
        using var scope = NewDisposeScope();
        return ((x + before) * factor + after).MoveToOuterDisposeScope();
    }
}
