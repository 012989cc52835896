using System.Text.Json.Nodes;
using Darkroom.Checkpoints;
using Darkroom.Imaging;
using Darkroom.Networks.Autoencoders;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>What an autoencoder is to keep of a picture, and at what price.</summary>
public sealed record AutoencoderLossSettings
{
    /// <summary>Weight of the mean absolute error; default 1.</summary>
    public double L1 { get; init; } = 1;

    /// <summary>Weight of the mean square error; default 0.</summary>
    public double L2 { get; init; }

    /// <summary>Weight of the mean absolute error of the differences between neighbouring pixels, which keeps edges sharp; default 0.</summary>
    public double Gradient { get; init; }

    /// <summary>Weight of KL(q || N(0, I)), summed over the latent and averaged over the batch; default 1e-6.</summary>
    public double Kl { get; init; } = 1e-6;
}

/// <summary>
/// Trains the first stage of latent diffusion: L1 |x - x'| + L2 (x - x')^2 + Gradient |dx - dx'| + Kl KL(q(z|x) || N(0, I)), x' decoded from a sample of q.
/// </summary>
/// <remarks>Kingma and Welling 2014, arXiv:1312.6114; Rombach et al. 2022, arXiv:2112.10752, section 3.1, without its adversarial and perceptual terms.</remarks>
public sealed class AutoencoderTask : ITrainingTask<CaptionedPixels>
{
    private const int SheetColumns = 8;
    private const int SheetRows = 4;
    private readonly AutoencoderKL _network;
    private readonly AutoencoderLossSettings _loss;
    private readonly JsonObject _config;
    private readonly IReadOnlyList<CaptionedPixels> _scaleSamples;
    private readonly IReadOnlyList<CaptionedPixels> _heldOut;
    private readonly string? _kept;

    /// <summary>A task on a network.</summary>
    /// <param name="network">Stays the caller's.</param>
    /// <param name="config">The network's configuration in the diffusers layout; what is exported.</param>
    /// <param name="loss">The objective.</param>
    /// <param name="scaleSamples">Whole training pictures whose latents decide the scale factor where none is kept.</param>
    /// <param name="heldOut">Whole pictures that aren't trained on, for evaluation and the sheet of samples; may be empty.</param>
    /// <param name="kept">Model folder with the same first stage, whose encoder and scale factor stay as they are: the decoder alone is trained; null trains all.</param>
    public AutoencoderTask(
        AutoencoderKL network, JsonObject config, AutoencoderLossSettings loss,
        IReadOnlyList<CaptionedPixels> scaleSamples, IReadOnlyList<CaptionedPixels> heldOut, string? kept = null)
    {
        (_network, _config, _loss, _scaleSamples, _heldOut, _kept) = (network, config, loss, scaleSamples, heldOut, kept);
        if (kept is null) return;
        foreach (var (name, parameter) in network.named_parameters()) parameter.requires_grad_(IsTrained(name));
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Parameter Parameter)> Weights => _network.named_parameters().Where(p => IsTrained(p.name)).Select(p => (p.name, p.parameter));

    /// <inheritdoc/>
    public IEnumerable<(string Name, nn.Module Network)> Networks => [("vae", _network)];

    /// <inheritdoc/>
    public Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        using var scope = NewDisposeScope();
        var pixels = PixelTensors.Stack(batch);                     // [B, 3, H, W]
        using var posterior = _network.Encode(pixels);
        using var noise = new TorchNoise(random).Next(posterior.Mean);
        var decoded = _network.DecodeUnscaled(posterior.Sample(noise));
        var error = decoded - pixels;
        var loss = _loss.Kl * posterior.KullbackLeibler().mean();
        if (_loss.L1 != 0) loss = loss + _loss.L1 * error.abs().mean();
        if (_loss.L2 != 0) loss = loss + _loss.L2 * error.square().mean();
        if (_loss.Gradient != 0) loss = loss + _loss.Gradient * (NeighbourDifference(error, 3) + NeighbourDifference(error, 2));
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>"psnr": the mean of <see cref="PeakSignalToNoise"/> over the held-out pictures; decoded from the posterior's mean and clamped.</summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        if (_heldOut.Count == 0) return new Dictionary<string, double>();
        double sum = 0;
        foreach (var picture in _heldOut)
        {
            using var scope = NewDisposeScope();
            var pixels = PixelTensors.Stack([picture]);
            sum += PeakSignalToNoise(Reconstruct(pixels), pixels);
        }
        return new Dictionary<string, double> { ["psnr"] = sum / _heldOut.Count };
    }

    /// <summary>10 log10(2^2 / mean square error) in dB, of pictures in [-1, 1].</summary>
    internal static double PeakSignalToNoise(Tensor decoded, Tensor original)
    {
        using var scope = NewDisposeScope();
        return 10 * Math.Log10(4 / Math.Max((decoded - original).square().mean().item<float>(), 1e-10));
    }

    /// <summary>Held-out pictures, each over its reconstruction.</summary>
    public Picture? DrawSamples()
    {
        if (_heldOut.Count == 0) return null;
        using var scope = NewDisposeScope();
        var pairs = _heldOut.Take(SheetColumns * SheetRows / 2).Chunk(SheetColumns).SelectMany(row =>
        {
            var pixels = PixelTensors.Stack(row);
            return new[] { pixels, Reconstruct(pixels) };
        });
        return PictureSheet.Of(cat([.. pairs], dim: 0), SheetColumns);
    }

    /// <summary>
    /// Writes <c>vae/</c> in the diffusers layout, with the scale factor of the latents of the training pictures, or with encoder and scale factor of the
    /// model that they are kept of, bit for bit.
    /// </summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weights">The averaged weights.</param>
    public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights)
    {
        using var scope = NewDisposeScope();
        var config = (JsonObject)_config.DeepClone();
        config["_class_name"] = "AutoencoderKL";
        if (_kept is null)
        {
            config["scaling_factor"] = MeasureScale();
        }
        else
        {
            string vae = Path.Combine(_kept, "vae");
            if (JsonNode.Parse(File.ReadAllText(Path.Combine(vae, "config.json")))?["scaling_factor"] is { } scale) config["scaling_factor"] = scale.DeepClone();
            using var before = SafetensorsFile.Open(Path.Combine(vae, ModelFolder.DiffusersWeights + ".safetensors"));
            var encoder = before.Tensors.Keys.Where(name => !IsTrained(name)).Select(name => KeyValuePair.Create(name, before.Read(name).clone()));
            weights = weights.Concat(encoder).ToDictionary(StringComparer.Ordinal);
        }
        ModelFolder.WriteComponent(Path.Combine(folder, "vae"), ModelFolder.DiffusersWeights, config, _network, weights);
    }

    /// <summary>1 / standard deviation of all latents of the scale samples together, as latent diffusion takes it (appendix G); 1 without samples.</summary>
    private double MeasureScale()
    {
        if (_scaleSamples.Count == 0) return 1;
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var means = _scaleSamples.Chunk(32).Select(chunk => _network.Encode(PixelTensors.Stack(chunk)).Mean).ToArray();
        return 1 / cat(means, dim: 0).std().item<float>();
    }

    private bool IsTrained(string weight) =>
        _kept is null || weight.StartsWith("decoder.", StringComparison.Ordinal) || weight.StartsWith("post_quant_conv.", StringComparison.Ordinal);

    private Tensor Reconstruct(Tensor pixels)
    {
        using var guard = no_grad();
        using var posterior = _network.Encode(pixels);
        return _network.DecodeUnscaled(posterior.Mean).clamp(-1, 1);
    }

    /// <summary>Mean of |error_{i+1} - error_i| along one dimension.</summary>
    private static Tensor NeighbourDifference(Tensor error, int dimension)
    {
        long last = error.shape[dimension] - 1;
        return (error.narrow(dimension, 1, last) - error.narrow(dimension, 0, last)).abs().mean();
    }
}
