using System.Text.Json;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Samplers;

/// <summary>Runs a sampler in a dtype, keeps the rows, and compares them with a reference's trajectory.</summary>
internal static class SamplerGoldens
{
    /// <summary>x at the start and after every evaluation (or whole step) as rows.</summary>
    public static List<Tensor> Run(PreparedSampler prepared, IDenoiser denoiser, Tensor x, INoiseSource noise, bool wholeSteps = false)
    {
        var rows = new List<Tensor> { x };
        using var result = prepared.Sampler.Sample(denoiser, x, prepared.Plan, noise, (in SamplerState state) =>
        {
            if (!wholeSteps || state.StepDone) rows.Add(state.X.clone().DetachFromDisposeScope());
            return null;
        });
        Assert.True(rows[^1].Equals(result), "the last callback saw another x than was returned");
        return rows;
    }

    /// <summary>
    /// Runs a case in float64 against xs64 and in float32 against xs, row by row, and counts the draws.
    /// </summary>
    /// <param name="golden">The case.</param>
    /// <param name="run">(dtype, noise) -> rows.</param>
    /// <param name="roundsToFloat32">
    /// Whether the reference rounds to float32 inside its float64 run, which then holds to that tolerance only.
    /// </param>
    public static void Check(GoldenCase golden, Func<ScalarType, INoiseSource, List<Tensor>> run, bool roundsToFloat32 = false)
    {
        foreach (var (kind, dtype) in new[] { ("float64", ScalarType.Float64), ("float32", ScalarType.Float32) })
        {
            using var scope = NewDisposeScope();
            var tolerance = golden.Tolerance.GetProperty(kind);
            var noise = new RecordedNoise(golden.Has("noise") ? golden["noise"] : null);
            var rows = run(dtype, noise);
            string? difference = Difference(rows, golden[tolerance.GetProperty("compare").GetString()!],
                roundsToFloat32 ? golden.Tolerance.GetProperty("float32") : tolerance);
            Assert.True(difference is null, $"{kind}, {difference}");
            Assert.Equal(noise.Available, noise.Drawn);
        }
    }

    // Rows that are not finite in the reference (its defects) must be finite here.
    private static string? Difference(List<Tensor> rows, Tensor expected, JsonElement tolerance)
    {
        if (rows.Count != expected.shape[0]) return $"{rows.Count} rows instead of {expected.shape[0]}";
        double relative = tolerance.GetProperty("rtol").GetDouble();
        double[] absolute = [.. tolerance.GetProperty("atol_by_row").EnumerateArray().Select(t => t.GetDouble())];
        for (int row = 0; row < rows.Count; row++)
        {
            var actual = rows[row].to_type(ScalarType.Float64);
            if (!actual.isfinite().all().item<bool>()) return $"row {row} is not finite";
            var wanted = expected.select(0, row).to_type(ScalarType.Float64);
            if (!wanted.isfinite().all().item<bool>()) continue;
            double worst = ((actual - wanted).abs() - relative * wanted.abs()).max().item<double>();
            if (!(worst <= absolute[row])) return $"row {row}: off by {worst:G4}, allowed {absolute[row]:G4}";
        }
        return null;
    }
}
