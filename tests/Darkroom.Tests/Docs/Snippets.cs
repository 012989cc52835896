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
        using var model = StableDiffusion.Load("v1-5.safetensors");
        var apple = model.TextToImage(new("a red apple on a blue background") { Seed = 42, Steps = 20, Sampler = "DPM++ 2M Karras" });
        apple.Save("apple.png"); // with its settings inside
        Console.WriteLine(apple.Parameters);

        var painting = model.ImageToImage(new("an oil painting of an apple", apple.Picture) { Seed = 42, Strength = 0.6 });
        painting.Save("painting.png");
        #endregion
    }

    public static void PackageReadme()
    {
        #region src/Darkroom/README.md
        using var model = StableDiffusion.Load("v1-5.safetensors");
        var picture = model.TextToImage(new("a red apple on a blue background") { Seed = 42, Steps = 20 });
        picture.Save("apple.png");
        Console.WriteLine(picture.Parameters);
        #endregion
    }
}
