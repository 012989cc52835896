using Darkroom.Checkpoints;
using Darkroom.Imaging;
using Darkroom.Pipelines;
using Darkroom.Runtime;
using Darkroom.Tests.Cli;
using Darkroom.Tests.EndToEnd;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Pipelines;

/// <summary>The golden checkpoints of a few thousand weights, in float32, and requests for small pictures.</summary>
internal static class TinyModel
{
    public const string Prompt = "a red apple on a blue background";

    public static LoadOptions Options { get; } = new() { Precision = Precision.Float32 };

    public static string Folder { get; } = FolderOf("sd1");

    public static string SingleFile { get; } = GoldenData.PathOf("models/checkpoints/sd1.safetensors");

    public static string InpaintingFile { get; } = GoldenData.PathOf("models/checkpoints/sd1_inpaint.ckpt");

    public static TextToImageRequest Request { get; } = new(Prompt)
    {
        NegativePrompt = "blurry",
        Seed = 7,
        Steps = 2,
        Guidance = 5,
        Sampler = "ddim",
        Width = 64,
        Height = 64,
    };

    public static StableDiffusion Load(LoadOptions? options = null) => StableDiffusion.Load(Folder, options ?? Options);

    public static StableDiffusion LoadInpainting() => StableDiffusion.Load(InpaintingFile, Options with { ConfigFolder = FolderOf("sd1_inpaint") });

    public static string FolderOf(string name) => GoldenCheckpoint.Folder(
        GoldenData.Cases("models/cases").Select(c => c.GetProperty("checkpoint")).First(c => c.GetProperty("name").GetString() == name));

    /// <summary>A copy of the folder in which the tensors of one network were changed; the other networks are linked.</summary>
    public static string Altered(TemporaryFolder folder, string component, Action<Dictionary<string, Tensor>> alter)
    {
        string copy = Copy(folder, except: component);
        string target = Path.Combine(copy, component);
        Directory.CreateDirectory(target);
        File.Copy(Path.Combine(Folder, component, "config.json"), Path.Combine(target, "config.json"));
        string weights = Path.GetFileName(Directory.EnumerateFiles(Path.Combine(Folder, component), "*.safetensors").Single());
        using var scope = NewDisposeScope();
        var source = new GoldenTensors(Path.Combine(Folder, component, weights));
        var tensors = source.Names.ToDictionary(name => name, name => source[name].to_type(ScalarType.Float32));
        alter(tensors);
        SafetensorsWriter.Write(Path.Combine(target, weights), tensors);
        return copy;
    }

    /// <summary>A folder with links to the networks but one.</summary>
    public static string Copy(TemporaryFolder folder, string except)
    {
        string copy = Path.Combine(folder.Path, "altered");
        Directory.CreateDirectory(copy);
        File.Copy(Path.Combine(Folder, "model_index.json"), Path.Combine(copy, "model_index.json"));
        foreach (string part in Directory.EnumerateDirectories(Folder).Where(part => Path.GetFileName(part) != except))
            Directory.CreateSymbolicLink(Path.Combine(copy, Path.GetFileName(part)), Directory.ResolveLinkTarget(part, true)?.FullName ?? part);
        return copy;
    }

    public static byte[] Bytes(this GeneratedPicture made) => made.Picture.Pixels.ToArray();

    /// <summary>A picture of smooth colours and some texture.</summary>
    public static Picture Colours(int width, int height, PixelFormat format = PixelFormat.Rgb)
    {
        var picture = new Picture(width, height, format);
        for (int i = 0; i < picture.Pixels.Length; i++)
            picture.Pixels[i] = (byte)(i * 7 / picture.Channels + 60 * (i % picture.Channels) + i / (picture.Channels * width) * 5);
        return picture;
    }

    /// <summary>White in the middle, black around it.</summary>
    public static Picture Mask(int width, int height, byte inside = 255, byte outside = 0)
    {
        var mask = new Picture(width, height, PixelFormat.Grey);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                mask.Row(y)[x] = x >= width / 4 && x < 3 * width / 4 && y >= height / 4 && y < 3 * height / 4 ? inside : outside;
        return mask;
    }
}
