using System.Text.Json;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.EndToEnd;

/// <summary>Puts the components of a golden checkpoint together into one diffusers folder, as a user would have it.</summary>
internal static class GoldenCheckpoint
{
    private static readonly Dictionary<string, string> Assembled = [];

    /// <summary>A folder with every component that the golden files hold; a component without weights is there with its config alone.</summary>
    public static string Folder(JsonElement checkpoint)
    {
        string name = checkpoint.GetProperty("name").GetString()!;
        lock (Assembled)
        {
            if (Assembled.TryGetValue(name, out string? made)) return made;
            string folder = Path.Combine(Path.GetTempPath(), $"darkroom-golden-{Environment.ProcessId}-{name}");
            Directory.CreateDirectory(folder);
            string index = GoldenData.PathOf($"models/{checkpoint.GetProperty("folder").GetString()}/model_index.json");
            File.Copy(index, Path.Combine(folder, "model_index.json"), overwrite: true);
            foreach (var component in checkpoint.GetProperty("components").EnumerateObject())
            {
                string source = GoldenData.PathOf("models/" + component.Value.GetString());
                if (!Directory.Exists(source)) continue;
                string link = Path.Combine(folder, component.Name);
                if (Directory.Exists(link)) continue;
                if (component.Name == "tokenizer" && checkpoint.GetProperty("components").TryGetProperty("tokenizer_pad", out _)) Padded(source, link);
                else Directory.CreateSymbolicLink(link, source);
            }
            AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            {
                if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            };
            return Assembled[name] = folder;
        }
    }

    /// <summary>The words that name the checkpoint on the command line: the folder where it has all weights, else its single file.</summary>
    public static string[] ModelOptions(JsonElement checkpoint) =>
        checkpoint.GetProperty("folder_has_all_weights").GetBoolean()
            ? ["--model", Folder(checkpoint)]
            : SingleFileOptions(checkpoint);

    /// <summary>The words that name its single file; the networks are too small for their head counts to be read off the weights.</summary>
    public static string[] SingleFileOptions(JsonElement checkpoint) =>
        ["--model", GoldenData.PathOf("models/" + checkpoint.GetProperty("single_file").GetString()), "--config", Folder(checkpoint)];

    // The vocabulary is shared by all checkpoints; those that pad with "!" have settings of their own, which the folder tokenizer_pad0 holds.
    private static void Padded(string source, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in new[] { GoldenData.PathOf("models/tokenizer_pad0"), source }.SelectMany(Directory.GetFiles))
        {
            string link = Path.Combine(folder, Path.GetFileName(file));
            if (!File.Exists(link)) File.CreateSymbolicLink(link, file);
        }
    }
}
