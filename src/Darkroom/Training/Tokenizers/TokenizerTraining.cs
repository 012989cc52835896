using Darkroom.Text;
using Darkroom.Training.Data;

namespace Darkroom.Training.Tokenizers;

/// <summary>Everything about the training of a tokenizer: <c>darkroom train tokenizer</c>.</summary>
public sealed record TokenizerTraining
{
    /// <summary>The most tokens; default 1024.</summary>
    public int Size { get; init; } = 1024;

    /// <summary>Length of a row with start and end: the longest text that the model will read at once. Default 77.</summary>
    public int RowLength { get; init; } = 77;

    /// <summary>Captions that are read; default 100000.</summary>
    public int Captions { get; init; } = 100_000;

    /// <summary>Where captions come from.</summary>
    public DataSettings Data { get; init; } = new();

    /// <summary>Seed of the data; default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Learns the tokenizer and writes it in CLIP's file format.</summary>
    /// <param name="folder">Where <c>vocab.json</c> and <c>merges.txt</c> go.</param>
    /// <returns>The tokenizer.</returns>
    public ClipTokenizer Run(string folder)
    {
        var tokenizer = Learn();
        ClipTokenizerFolder.Save(tokenizer, folder);
        return tokenizer;
    }

    /// <summary>Learns the tokenizer.</summary>
    internal ClipTokenizer Learn()
    {
        var captions = TrainingPictures.OpenCaptions(Data, Seed);
        return new ClipTokenizer(BpeTrainer.Train(Enumerable.Range(0, Captions).Select(i => captions[i]), Size), rowLength: RowLength);
    }
}
