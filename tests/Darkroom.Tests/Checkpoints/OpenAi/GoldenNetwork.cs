using System.Text.Json;
using Darkroom.Checkpoints;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Networks;
using Darkroom.Networks.Classifiers;
using Darkroom.Networks.Unet;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Checkpoints.OpenAi;

/// <summary>One file of golden/openai with a network: arguments, weights under the original keys, inputs and outputs.</summary>
internal sealed class GoldenNetwork
{
    private GoldenNetwork(string name, JsonElement json) => (Name, Json) = (name, json);

    public string Name { get; }

    public JsonElement Json { get; }

    public string Reference => Json.GetProperty("reference").GetString()!;

    public bool IsClassifier => Reference.EndsWith("EncoderUNetModel", StringComparison.Ordinal);

    public bool IsSuperResolution => Reference.EndsWith("SuperResModel", StringComparison.Ordinal);

    public bool IsDdpm => Reference.StartsWith("ermongroup", StringComparison.Ordinal);

    public double Tolerance => Json.GetProperty("tolerance").GetProperty("relative_l2").GetDouble();

    public GoldenTensors Tensors => GoldenData.Tensors($"openai/{Json.GetProperty("files").GetProperty("tensors")[0].GetString()}");

    public OpenAiUnetConfig Config => OpenAiUnetConfig.FromJson(Json.GetProperty("config"), IsSuperResolution);

    public DdpmUnetConfig DdpmConfig => DdpmUnetConfig.FromJson(Json.GetProperty("config"));

    /// <summary>Every file that holds one network and its outputs.</summary>
    public static IReadOnlyList<GoldenNetwork> All() => !GoldenData.Exists("openai") ? []
        : [.. Directory.EnumerateFiles(GoldenData.PathOf("openai"), "*.json").Order(StringComparer.Ordinal)
            .Select(path => new GoldenNetwork(Path.GetFileNameWithoutExtension(path), GoldenData.Json($"openai/{Path.GetFileName(path)}")))
            .Where(file => file.Json.ValueKind == JsonValueKind.Object && file.Json.TryGetProperty("files", out var files)
                && files.ValueKind == JsonValueKind.Object && files.TryGetProperty("weights", out _) && file.Json.TryGetProperty("config", out _))];

    public UNet LoadUnet() => OpenWeights(weights => IsDdpm ? OpenAiNetworks.LoadDdpm(weights, DdpmConfig) : OpenAiNetworks.LoadUnet(weights, Config));

    public EncoderUnet LoadClassifier() => OpenWeights(weights => OpenAiNetworks.LoadClassifier(weights, Config));

    public KeyMap Keys => IsDdpm ? DdpmConfig.Keys() : OpenAiKeys.Map(Config);

    private T OpenWeights<T>(Func<ITensorSource, T> use) => GoldenWeights.Open(Json.GetProperty("files").GetProperty("weights"), use);
}

/// <summary>State_dicts of golden/openai, which may lie in several files.</summary>
internal static class GoldenWeights
{
    public static T Open<T>(JsonElement files, Func<ITensorSource, T> use)
    {
        var parts = files.EnumerateArray().Select(f => SafetensorsFile.Open(GoldenData.PathOf($"openai/{f.GetString()}"))).ToList();
        try
        {
            return use(new CombinedTensors(parts));
        }
        finally
        {
            foreach (var part in parts) part.Dispose();
        }
    }

    /// <summary>|actual - expected| / |expected|.</summary>
    public static double RelativeError(Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        var wide = expected.to(ScalarType.Float64);
        double norm = wide.norm().item<double>();
        double error = (actual.to(ScalarType.Float64) - wide).norm().item<double>();
        return norm > 0 ? error / norm : error;
    }

    public static void AssertClose(Tensor actual, Tensor expected, double tolerance, string what)
    {
        double error = RelativeError(actual, expected);
        Assert.True(error <= tolerance, $"{what}: relative L2 {error:g3}, allowed {tolerance:g3}");
    }

    /// <summary>The norm of every gradient of a network, under the original keys: those of parts of one tensor together.</summary>
    public static Dictionary<string, double> GradientNorms(Network network, KeyMap keys, IEnumerable<string> originals, Func<string, IReadOnlyList<long>> shape)
    {
        using var scope = NewDisposeScope();
        var gradients = network.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad is { } g ? g.norm().item<float>() : 0.0, StringComparer.Ordinal);
        var source = new ShapesOnly(originals.ToDictionary(k => k, k => new TensorInfo(k, shape(k), ScalarType.Float32), StringComparer.Ordinal));
        return keys.ToDiffusers(source, "").GroupBy(d => d.From[0], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => Math.Sqrt(g.Sum(d => Math.Pow(gradients[d.Info.Name], 2))), StringComparer.Ordinal);
    }

    public sealed record ShapesOnly(IReadOnlyDictionary<string, TensorInfo> Tensors) : ITensorSource
    {
        public Tensor Read(string name) => throw new InvalidOperationException("Only shapes are known.");

        public void Dispose()
        {
        }
    }
}
