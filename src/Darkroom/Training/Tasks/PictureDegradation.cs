using Darkroom.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>
/// What autoencoders and diffusion models do to pictures, at most: shapes a little bent, edges soft, noise fine and coarse, colours and contrast a little off.
/// Each amount is drawn for each picture, uniform from none to the most.
/// </summary>
internal sealed record PictureDegradation
{
    private const int BlurKernel = 5;
    private const int CoarseNoise = 4;
    private const int BendingPoints = 5;

    /// <summary>Largest turn in degrees, either way; default 6.</summary>
    public double Turn { get; init; } = 6;

    /// <summary>Largest change of width and of height, as a share; default 0.08.</summary>
    public double Stretch { get; init; } = 0.08;

    /// <summary>Standard deviation of smooth bending in pixels, at most; default 1.</summary>
    public double Bend { get; init; } = 1;

    /// <summary>Standard deviation of the blur in pixels where it is full; default 1.3.</summary>
    public double Blur { get; init; } = 1.3;

    /// <summary>Standard deviation of noise of single pixels, on a scale of -1 to 1, at most; default 0.12.</summary>
    public double Noise { get; init; } = 0.12;

    /// <summary>The same of noise that is smooth over four pixels, as latents make it; default 0.12.</summary>
    public double SmoothNoise { get; init; } = 0.12;

    /// <summary>Largest change of contrast, as a share; default 0.15.</summary>
    public double Contrast { get; init; } = 0.15;

    /// <summary>Largest shift of each colour channel, on a scale of -1 to 1; default 0.08.</summary>
    public double Colour { get; init; } = 0.08;

    /// <summary>Degrades pictures.</summary>
    /// <param name="pictures">[B, 3, H, W] in [-1, 1]; not changed.</param>
    /// <param name="random">All randomness is drawn here.</param>
    /// <returns>[B, 3, H, W] in [-1, 1]; the caller owns it.</returns>
    public Tensor Apply(Tensor pictures, TorchGenerator random)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var draw = new Draws(random, pictures.shape[0]);
        var x = Bent(pictures, draw);
        x = x + draw.Uniform(0, 1) * (Blurred(x) - x);
        x = x * draw.Uniform(1 - Contrast, 1 + Contrast) + draw.Uniform(-Colour, Colour, channels: 3);
        x = x + draw.Uniform(0, Noise) * draw.Normal(x.shape[1..]);
        var coarse = draw.Normal(3, x.shape[2] / CoarseNoise, x.shape[3] / CoarseNoise);
        x = x + draw.Uniform(0, SmoothNoise) * Enlarged(coarse, x);
        return x.clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Turned, stretched and bent about the middle; what comes from outside repeats the border.</summary>
    private Tensor Bent(Tensor x, Draws draw)
    {
        var (height, width) = (x.shape[2], x.shape[3]);
        var angle = draw.Uniform(-Turn, Turn).flatten() * (Math.PI / 180);
        var (across, along) = (draw.Uniform(1 - Stretch, 1 + Stretch).flatten(), draw.Uniform(1 - Stretch, 1 + Stretch).flatten());
        var none = zeros_like(angle);
        var rows = stack([angle.cos() * across, -angle.sin() * along, none, angle.sin() * across, angle.cos() * along, none], dim: 1);
        var grid = nn.functional.affine_grid(rows.reshape(-1, 2, 3), [.. x.shape], align_corners: false);            // [B, H, W, 2] in [-1, 1]
        var bending = Enlarged(draw.Uniform(0, 2 * Bend / width) * draw.Normal(2, BendingPoints, BendingPoints), x).permute(0, 2, 3, 1);
        return nn.functional.grid_sample(x, grid + bending, padding_mode: GridSamplePaddingMode.Border, align_corners: false);
    }

    private Tensor Blurred(Tensor x)
    {
        var distance = arange(BlurKernel, ScalarType.Float32) - BlurKernel / 2;
        var weights = (-(distance * distance) / (2 * Math.Max(1e-3, Blur * Blur))).exp();
        weights = weights / weights.sum();
        var kernel = outer(weights, weights).expand(3, 1, BlurKernel, BlurKernel).contiguous();
        var padded = nn.functional.pad(x, [BlurKernel / 2, BlurKernel / 2, BlurKernel / 2, BlurKernel / 2], PaddingModes.Replicate);
        return nn.functional.conv2d(padded, kernel, groups: 3);
    }

    private static Tensor Enlarged(Tensor coarse, Tensor like) =>
        nn.functional.interpolate(coarse, [like.shape[2], like.shape[3]], mode: InterpolationMode.Bilinear, align_corners: true);

    /// <summary>Random numbers for each picture of a batch.</summary>
    private sealed class Draws(TorchGenerator random, long batch)
    {
        /// <summary>[B, channels, 1, 1].</summary>
        public Tensor Uniform(double low, double high, int channels = 1)
        {
            var values = new float[batch * channels];
            random.Rand(values);
            return tensor(values, [batch, channels, 1, 1]) * (high - low) + low;
        }

        /// <summary>[B, shape] of standard deviation 1.</summary>
        public Tensor Normal(params long[] shape)
        {
            var values = new float[shape.Aggregate(batch, (product, size) => product * size)];
            random.Randn(values);
            return tensor(values, [batch, .. shape]);
        }
    }
}
