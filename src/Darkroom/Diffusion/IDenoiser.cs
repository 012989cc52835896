using TorchSharp;

namespace Darkroom.Diffusion;

/// <summary>What a network says of x at a noise point, in both forms, whatever it was trained to predict.</summary>
/// <param name="Denoised">x_0 hat, same shape as x.</param>
/// <param name="Epsilon">eps hat, so that x = Alpha Denoised + Sigma Epsilon; same shape as x.</param>
/// <param name="Variance">The raw second half of a 2C-channel output (learned variance), or null.</param>
public readonly record struct Prediction(torch.Tensor Denoised, torch.Tensor Epsilon, torch.Tensor? Variance = null);

/// <summary>
/// The only thing a sampler knows of a model: D(x; point). Input scaling, conditioning, guidance and the change from the network's own
/// parameterisation (eps, v, x_0) happen behind it, once.
/// </summary>
public interface IDenoiser
{
    /// <summary>Predicts from x = Alpha x_0 + Sigma eps.</summary>
    /// <param name="x">[B, C, h, w]; not disposed.</param>
    /// <param name="at">Where on the forward process x lies.</param>
    /// <returns>Tensors shaped as x; they belong to the caller's dispose scope.</returns>
    Prediction Predict(torch.Tensor x, NoisePoint at);
}
