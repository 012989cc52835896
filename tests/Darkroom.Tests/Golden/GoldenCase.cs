using System.Text.Json;
using Darkroom.Diffusion;
using static TorchSharp.torch;

namespace Darkroom.Tests.Golden;

/// <summary>One case of a topic with its tensors, and comparisons within the case's own tolerance.</summary>
public sealed class GoldenCase(JsonElement json, GoldenTensors tensors)
{
    /// <summary>Runs a check on every case of a topic, counts those that it returns true for in the report, and fails with all that differ.</summary>
    /// <param name="topic">Such as "diffusion/edm".</param>
    /// <param name="check">False for a case that is not handled.</param>
    /// <param name="only">The names of the cases that belong here, where another test has the rest of the topic.</param>
    /// <param name="aspect">What is checked, where the cases as such are counted by another test.</param>
    public static void CheckAll(string topic, Func<GoldenCase, bool> check, Func<string, bool>? only = null, string? aspect = null)
    {
        var cases = GoldenData.Cases(topic).Where(json => only is null || only(json.GetProperty("case").GetString()!)).ToList();
        if (cases.Count == 0) return;
        var tensors = GoldenData.Tensors(topic + ".safetensors");
        var failures = new List<string>();
        int verified = 0;
        foreach (var json in cases)
        {
            using var scope = NewDisposeScope();
            var testCase = new GoldenCase(json, tensors);
            try
            {
                if (check(testCase)) verified++;
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or DarkroomException)
            {
                verified++;
                failures.Add($"{testCase.Name}: {problem.Message}");
            }
        }
        GoldenReport.Add(aspect is null ? topic : $"{topic} ({aspect})", cases.Count, verified);
        Assert.True(failures.Count == 0, $"{failures.Count} of {verified}:\n" + string.Join('\n', failures.Take(30)));
    }

    public string Name { get; } = json.GetProperty("case").GetString()!;

    public JsonElement Parameters { get; } = json.GetProperty("params");

    public string Reference => json.GetProperty("reference").GetString()!;

    /// <summary>Whether the reference refuses this case.</summary>
    public bool IsError => (json.TryGetProperty("values", out var values) && values.TryGetProperty("error", out _))
        || (json.TryGetProperty("notes", out var notes) && notes.ToString().Contains("must be a clear error", StringComparison.Ordinal));

    public bool HasValue(string name) => json.TryGetProperty("values", out var values) && values.TryGetProperty(name, out _);

    public JsonElement Values => json.GetProperty("values");

    public JsonElement Tolerance => json.GetProperty("tolerance");

    public bool Has(string name) => json.GetProperty("tensors").TryGetProperty(name, out _);

    public Tensor this[string name] => tensors[json.GetProperty("tensors").GetProperty(name).GetProperty("tensor").GetString()!];

    /// <summary>An input of the computation whose results end in <paramref name="suffix"/>: float64 for "64", float32 for "".</summary>
    public Tensor Input(string name, string suffix) => this[name].to(suffix.Length == 0 ? ScalarType.Float32 : ScalarType.Float64);

    public double[] Doubles(string name) => tensors.Doubles(json.GetProperty("tensors").GetProperty(name).GetProperty("tensor").GetString()!);

    /// <summary>A tensor of another case, by "case/name".</summary>
    public Tensor Sibling(string name) => tensors[name];

    /// <summary>The numbers of a tensor of another case, by "case/name".</summary>
    public double[] SiblingDoubles(string name) => tensors.Doubles(name);

    public Tensor Shared(string name) => tensors["shared/" + name];

    /// <summary>The data density that the topic's cases share.</summary>
    public GaussianMixture Mixture() => new(Shared("gmm_mu"), tensors.Doubles("shared/gmm_std"), tensors.Doubles("shared/gmm_weight"));

    public double Number(string name, double otherwise = double.NaN) => Parameters.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        ? value.GetDouble() : otherwise;

    public bool Flag(string name) => Parameters.TryGetProperty(name, out var value) && value.GetBoolean();

    public string Text(string name) => Parameters.GetProperty(name).GetString()!;

    /// <summary>Compares where the case has that tensor; names that end in 64 use the float64 tolerance.</summary>
    public void AssertClose(string name, Tensor actual)
    {
        if (!Has(name)) return;
        using var scope = NewDisposeScope();
        var expected = this[name].to(ScalarType.Float64);
        var tolerance = json.GetProperty("tolerance");
        string type = name.EndsWith("64", StringComparison.Ordinal) ? "float64" : "float32";
        string other = type == "float64" ? "float32" : "float64"; // a case may state one for both
        var (atol, rtol) = Pair(tolerance.TryGetProperty(type, out var ofType) || tolerance.TryGetProperty(other, out ofType) ? ofType : tolerance);
        if (tolerance.TryGetProperty(type + "_atol_by_name", out var byName) && byName.TryGetProperty(name, out var named)) atol = named.GetDouble();
        var wide = actual.to(ScalarType.Float64).expand_as(expected);
        double excess = ((wide - expected).abs() - rtol * expected.abs() - atol).max().item<double>();
        Assert.True(excess <= 0, $"{name} differs by {(wide - expected).abs().max().item<double>():g3}, {excess:g3} more than {atol:g3} + {rtol:g3} |expected|");
    }

    public void AssertClose(string name, double[] actual)
    {
        if (Has(name)) AssertClose(name, tensor(actual, ScalarType.Float64).reshape(this[name].shape));
    }

    /// <summary>Compares within an absolute tolerance of the test's own.</summary>
    public void AssertClose(string name, Tensor actual, double absolute)
    {
        using var scope = NewDisposeScope();
        double difference = (actual - this[name]).abs().max().item<double>();
        Assert.True(difference <= absolute, $"{name} differs by {difference:g3}");
    }

    /// <summary>Compares within a tolerance of the case that is named otherwise than by dtype.</summary>
    public void AssertCloseTo(string name, Tensor actual, JsonElement tolerance)
    {
        using var scope = NewDisposeScope();
        var expected = this[name].to(ScalarType.Float64);
        var (atol, rtol) = Pair(tolerance);
        var difference = (actual.to(ScalarType.Float64) - expected).abs();
        double excess = (difference - rtol * expected.abs() - atol).max().item<double>();
        Assert.True(excess <= 0, $"{name} differs by {difference.max().item<double>():g3}, {excess:g3} more than {atol:g3} + {rtol:g3} |expected|");
    }

    /// <summary>Compares a trajectory, one row per step, with the tensor and the tolerance by row that the case names for a dtype.</summary>
    public void AssertRows(Tensor actual, string kind)
    {
        using var scope = NewDisposeScope();
        var tolerance = Tolerance.GetProperty(kind);
        var expected = this[tolerance.GetProperty("compare").GetString()!].to(ScalarType.Float64);
        Assert.Equal(expected.shape, actual.shape);
        double[] absolute = [.. tolerance.GetProperty("atol_by_row").EnumerateArray().Select(t => t.GetDouble())];
        var excess = ((actual.to(ScalarType.Float64) - expected).abs() - tolerance.GetProperty("rtol").GetDouble() * expected.abs()).flatten(1).amax([1]);
        for (int row = 0; row < absolute.Length; row++)
            Assert.True(excess[row].item<double>() <= absolute[row], $"{kind}, row {row}: off by {excess[row].item<double>():G4}, allowed {absolute[row]:G4}");
    }

    private static (double Absolute, double Relative) Pair(JsonElement tolerance) =>
        (tolerance.TryGetProperty("atol", out var atol) ? atol.GetDouble() : 0, tolerance.TryGetProperty("rtol", out var rtol) ? rtol.GetDouble() : 0);
}
