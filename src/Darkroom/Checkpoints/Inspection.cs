namespace Darkroom.Checkpoints;

/// <summary>What a file or folder of weights is.</summary>
public enum WeightsKind
{
    /// <summary>A whole model, or the main networks of one.</summary>
    Model,

    /// <summary>One network by itself.</summary>
    Network,

    /// <summary>A LoRA, LoHa, LoKr or DoRA.</summary>
    Adapter,

    /// <summary>Trained words (textual inversion).</summary>
    Embedding,

    /// <summary>Tensors of a kind that is not known here.</summary>
    Tensors,
}

/// <summary>One network of a model.</summary>
/// <param name="Name">Its place in a diffusers folder.</param>
/// <param name="Tensors">How many tensors it has.</param>
/// <param name="Parameters">How many numbers they hold.</param>
/// <param name="Bytes">How many bytes they take as stored.</param>
/// <param name="Dtypes">Numbers by dtype name (F16, BF16, F32, ..).</param>
public sealed record InspectedNetwork(string Name, int Tensors, long Parameters, long Bytes, IReadOnlyDictionary<string, long> Dtypes);

/// <summary>A word that an embedding or an adapter was trained on.</summary>
/// <param name="Word">As it is written in a prompt.</param>
/// <param name="Vectors">How many token vectors it stands for; null where it is an ordinary word of an adapter's captions.</param>
/// <param name="Width">Width of each vector, which tells the family; null likewise.</param>
public sealed record TrainedWord(string Word, int? Vectors, int? Width);

/// <summary>What can be known of weights without computing with them.</summary>
public sealed record Inspection
{
    /// <summary>The file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>What it is.</summary>
    public required WeightsKind Kind { get; init; }

    /// <summary>How it lies on disk: <c>diffusers folder</c>, <c>single file</c>, <c>safetensors</c> or <c>pickle</c>.</summary>
    public required string Layout { get; init; }

    /// <summary>Of which line of models; Other where that is not known.</summary>
    public ModelFamily Family { get; init; }

    /// <summary>Whether it takes a mask.</summary>
    public bool IsInpainting { get; init; }

    /// <summary>What the network predicts; null where there is no UNet.</summary>
    public string? PredictionType { get; init; }

    /// <summary>Whether averaged weights (EMA) lie beside the usual ones.</summary>
    public bool HasAveragedWeights { get; init; }

    /// <summary>Its networks; all tensors as one where it is no model.</summary>
    public required IReadOnlyList<InspectedNetwork> Networks { get; init; }

    /// <summary>The algorithm of an adapter (LoRA, LoHa, LoKr, DoRA); null for others.</summary>
    public string? Algorithm { get; init; }

    /// <summary>The ranks of an adapter's layers, from the smallest.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [];

    /// <summary>Words it was trained on, the most frequent first.</summary>
    public IReadOnlyList<TrainedWord> TrainedWords { get; init; } = [];

    /// <summary>Free text in the file, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>About how many bytes making one picture takes at most; null where it is no whole model.</summary>
    public MemoryNeed? Memory { get; init; }
}

/// <summary>The memory that making one picture takes.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Precision">bf16, f16 or f32.</param>
/// <param name="PeakBytes">About how many bytes at most, the program itself included.</param>
public sealed record MemoryNeed(int Width, int Height, string Precision, long PeakBytes);
