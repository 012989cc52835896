using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;

namespace Darkroom.Training;

/// <summary>The machine and the versions that a training ran with.</summary>
internal static class RunEnvironment
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Describe() => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["darkroom"] = typeof(RunEnvironment).Assembly.GetName().Version!.ToString(3),
        ["torchSharp"] = typeof(torch).Assembly.GetName().Version!.ToString(),
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["system"] = RuntimeInformation.OSDescription,
        ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
        ["cores"] = Environment.ProcessorCount,
        ["threads"] = torch.get_num_threads(),
        ["started"] = DateTimeOffset.UtcNow.ToString("u"),
    }, Indented) + "\n";
}
