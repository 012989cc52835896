using Darkroom.Pipelines;

namespace Darkroom.Tests.Docs;

/// <summary>
/// The C# of the documents: each block of README.md and docs/ equals one region here, so that it compiles. A block's using lines stand at
/// the top of this file.
/// </summary>
internal static class Snippets
{
    public static void Readme()
    {
        #region README.md
        using var small = StableDiffusion.LoadEmbedded();
        var apple = small.TextToImage(new("a red apple on a blue background") { Seed = 1 });
        apple.Save("apple.png"); // with its settings inside
        Console.WriteLine(apple.Parameters);

        using var model = StableDiffusion.Load("v1-5.safetensors");
        var painting = model.ImageToImage(new("an oil painting of an apple", apple.Picture) { Seed = 42, Strength = 0.6, Sampler = "DPM++ 2M Karras" });
        painting.Save("painting.png");
        #endregion
    }

    public static void PackageReadme()
    {
        #region src/Darkroom/README.md
        using var model = StableDiffusion.LoadEmbedded(); // or Load("v1-5.safetensors")
        var picture = model.TextToImage(new("a red apple on a blue background") { Seed = 1 });
        picture.Save("apple.png");
        Console.WriteLine(picture.Parameters);
        #endregion
    }
}
