using Darkroom.Imaging;

namespace Darkroom.Pipelines;

/// <summary>A finished picture with everything that is needed to make it again.</summary>
public sealed class GeneratedPicture
{
    internal GeneratedPicture(Picture picture, int index, GenerationParameters parameters, float[] latents, long[] latentShape)
    {
        Picture = picture;
        Index = index;
        Parameters = parameters;
        Latents = latents;
        LatentShape = latentShape;
    }

    /// <summary>The pixels.</summary>
    public Picture Picture { get; }

    /// <summary>0-based number in its batch.</summary>
    public int Index { get; }

    /// <summary>Prompt, seed and every setting, as they are written into the file.</summary>
    public GenerationParameters Parameters { get; }

    /// <summary>The seed that it was made with.</summary>
    public long Seed => Parameters.Seed!.Value;

    /// <summary>What the decoder was given, row-major; sizes in <see cref="LatentShape"/>.</summary>
    public ReadOnlyMemory<float> Latents { get; }

    /// <summary>Words of the prompts that the model's training never saw; empty also where the model doesn't say what it was trained on.</summary>
    public IReadOnlyList<string> UnknownWords { get; internal init; } = [];

    /// <summary>[1, C, h, w].</summary>
    public IReadOnlyList<long> LatentShape { get; }

    /// <summary>
    /// Saves the picture as PNG, JPEG or WebP by the file's extension, with its parameters inside; written beside and renamed, so that no half file is ever there.
    /// </summary>
    /// <exception cref="DarkroomException">OutputFailed: the file exists and overwrite is false, or it could not be written.</exception>
    public void Save(string path, bool overwrite = false) => Picture.Save(path, new PictureMetadata { Parameters = Parameters.ToString() }, overwrite);

    /// <summary>As <see cref="Save"/>, under the first free name of FILE.png, FILE-1.png, ...; no file that exists is touched.</summary>
    /// <returns>The full path of the file written.</returns>
    public string SaveNextFree(string path) => Picture.SaveNextFree(path, new PictureMetadata { Parameters = Parameters.ToString() });
}
