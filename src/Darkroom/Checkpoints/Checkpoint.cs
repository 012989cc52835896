using System.Text.Json;
using Darkroom.Checkpoints.Layouts;

namespace Darkroom.Checkpoints;

/// <summary>
/// A model on disk, whatever its layout: its networks keyed as in the diffusers layout, their configurations, and what lies beside
/// them. Opening reads names and
/// shapes only; weights are read when they are asked for.
/// </summary>
/// <remarks>
/// Read are: a diffusers folder (safetensors or .bin, in one file or several), a folder of one network, and the original single file of
/// Stable Diffusion 1, 2 and XL
/// (.safetensors, .ckpt, .pt), which is recognised by its keys and not by its name. Not safe for use by several threads at once.
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly IReadOnlyList<ITensorSource> _owned;

    internal Checkpoint(string path, IReadOnlyList<ITensorSource> owned) => (FilePath, _owned) = (path, owned);

    /// <summary>The file or folder, as it was named.</summary>
    public string FilePath { get; }

    /// <summary>Whether it is a folder in the diffusers layout; otherwise one file in the original layout.</summary>
    public bool IsFolder { get; internal init; }

    /// <summary>What the single file stores, as it stores it; null for a folder.</summary>
    internal ITensorSource? Stored => IsFolder ? null : _owned[0];

    /// <summary>Which line of models it is of.</summary>
    public ModelFamily Family { get; internal init; }

    /// <summary>
    /// The networks by name: <c>unet</c>, <c>vae</c>, <c>text_encoder</c>, <c>text_encoder_2</c>, as far as there are any.
    /// </summary>
    public IReadOnlyDictionary<string, CheckpointComponent> Components { get; internal init; } = new Dictionary<string, CheckpointComponent>();

    /// <summary>
    /// The scheduler's configuration: the folder's scheduler_config.json, or that of the family for a single file; null where neither
    /// is known.
    /// </summary>
    public JsonElement? SchedulerConfig { get; internal init; }

    /// <summary>The folder's model_index.json; null for a single file and for a folder of one network.</summary>
    public JsonElement? ModelIndex { get; internal init; }

    /// <summary>The folders of the checkpoint's own tokenizers (<c>tokenizer</c>, <c>tokenizer_2</c>), as far as there are any.</summary>
    public IReadOnlyDictionary<string, string> TokenizerFolders { get; internal init; } = new Dictionary<string, string>();

    /// <summary>What the model's maker recommends for generation (generation.json of a folder); null where it says nothing.</summary>
    public GenerationDefaults? Defaults { get; internal init; }

    /// <summary>The words that it was trained on (words.json of a folder); null where it does not say.</summary>
    public ModelWords? Words { get; internal init; }

    /// <summary>
    /// What the network predicts: <c>epsilon</c>, <c>v_prediction</c> or <c>sample</c>, as the scheduler's configuration says.
    /// </summary>
    public string PredictionType => SchedulerConfig?.Text("prediction_type") ?? "epsilon";

    /// <summary>Whether the UNet takes a mask and a masked picture beside the latents (9 channels).</summary>
    public bool IsInpainting => Components.TryGetValue("unet", out var unet) && unet.Config.Integer("in_channels") == 9;

    /// <summary>Opens a model.</summary>
    /// <param name="path">A folder or a file.</param>
    /// <param name="options">How; null for the usual.</param>
    /// <exception cref="DarkroomException">NotFound; BadFile: damaged or hostile; ModelMismatch: tensors of no known layout or sizes of
    /// no known family.</exception>
    public static Checkpoint Open(string path, CheckpointOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new CheckpointOptions();
        if (options.ConfigFolder is { } folder && !Directory.Exists(folder))
            throw new DarkroomException(ErrorKind.NotFound, "There is no such folder.", folder);
        return Directory.Exists(path) ? DiffusersFolder.Open(path, options) : SingleFile.Open(path, options);
    }

    /// <summary>A network that must be there.</summary>
    /// <exception cref="DarkroomException">ModelMismatch: it isn't.</exception>
    public CheckpointComponent Component(string name) => Components.TryGetValue(name, out var component) ? component
        : throw new DarkroomException(ErrorKind.ModelMismatch,
            $"It has no {name}; it has {(Components.Count == 0 ? "nothing" : string.Join(", ", Components.Keys))}.", FilePath);

    /// <summary>Closes the files. Tensors that were read stay valid.</summary>
    public void Dispose()
    {
        foreach (var source in _owned) source.Dispose();
    }
}
