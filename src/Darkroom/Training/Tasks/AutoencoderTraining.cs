using System.Text.Json.Nodes;
using Darkroom.Networks.Autoencoders;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Everything about the training of a first stage: <c>darkroom train autoencoder</c>.</summary>
public sealed record AutoencoderTraining
{
    /// <summary>Pictures that decide the scale factor.</summary>
    private const int ScaleSamples = 256;

    /// <summary>Steps, optimiser, schedule and reports.</summary>
    public required TrainingSettings Training { get; init; }

    /// <summary>The network, by the names of diffusers' config.json for AutoencoderKL.</summary>
    public required JsonObject Network { get; init; }

    /// <summary>The objective.</summary>
    public AutoencoderLossSettings Loss { get; init; } = new();

    /// <summary>The pictures.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>Edge of the random squares that are trained on; null trains on whole pictures.</summary>
    public int? Crop { get; init; }

    /// <summary>Random squares of each picture of which the busiest is trained on; default 1.</summary>
    public int CropCandidates { get; init; } = 1;

    /// <summary>Model folder whose first stage is the beginning, of the same shape as <see cref="Network"/>; null begins from nothing.</summary>
    public string? InitialModel { get; init; }

    /// <summary>
    /// Whether the encoder stays as it is, so that latents, and every denoiser trained on them, keep their meaning while pictures get sharper; needs
    /// <see cref="InitialModel"/>. Default false.
    /// </summary>
    public bool DecoderOnly { get; init; }

    /// <summary>Pictures for evaluation; default 128.</summary>
    public int EvaluationPictures { get; init; } = 128;

    /// <summary>Trains, or goes on training, in a folder.</summary>
    /// <param name="folder">Begun already.</param>
    /// <param name="observer">Whom to tell; may be null.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>Steps done.</returns>
    /// <exception cref="DarkroomException">As of <see cref="Trainer{TSample}.Run"/>; also a configuration that isn't possible.</exception>
    public long Run(RunFolder folder, ITrainingObserver? observer, CancellationToken cancellation)
    {
        Training.Validate();
        var config = AutoencoderConfig.FromJson(Network.ToElement());
        using var network = new AutoencoderKL(config, Training.Precision.ToScalarType());
        Begin(network);

        var data = TrainingPictures.Open(Data, Training.Seed, observer is null ? null : observer.Warned);
        var task = new AutoencoderTask(network, Network, Loss, DecoderOnly ? [] : Take(data.Training, ScaleSamples), Take(data.HeldOut, EvaluationPictures), DecoderOnly ? InitialModel : null);
        var samples = Crop is { } edge ? new RandomCrops(data.Training, edge, Training.Seed, CropCandidates) : data.Training;
        return new Trainer<CaptionedPixels>(Training, task, samples, folder, observer).Run(cancellation);
    }

    private void Begin(AutoencoderKL network)
    {
        if (InitialModel is { } initial)
        {
            ModelFolder.ReadWeights(Path.Combine(initial, "vae"), ModelFolder.DiffusersWeights, network);
            return;
        }
        if (DecoderOnly)
            throw new DarkroomException(ErrorKind.InvalidRequest, "There is no encoder to keep.", "decoderOnly", "Name the model to begin with as initialModel.");
        using var generator = new Generator((ulong)Training.Seed);
        network.InitialiseWeights(generator);
    }

    private static List<CaptionedPixels> Take(ISampleSequence<CaptionedPixels> pictures, int count) =>
        [.. Enumerable.Range(0, count).Select(i => pictures[i])];
}
