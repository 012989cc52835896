using System.Globalization;
using Darkroom.Diffusion;
using Darkroom.Samplers;
using Darkroom.Tests.Golden;

namespace Darkroom.Tests.Docs;

public class ConvergenceTests
{
    private const string Remedy =
        "docs/convergence.md is not what is measured. Write it anew with\n  DARKROOM_WRITE_DOCS=1 dotnet test -c Release -- --filter-class \"*ConvergenceTests\"\nand commit it.";

    private static readonly int[] Steps = [5, 10, 20, 50];

    // Property: docs/convergence.md has every sampler without fresh noise, with the orders and errors that are measured.
    [Fact]
    public void The_document_says_what_is_measured()
    {
        string path = Path.Combine(GoldenData.RepositoryRoot, "docs", "convergence.md");
        string document = File.ReadAllText(path);
        using var measured = new Convergence();
        var parts = new Dictionary<string, Func<string>> { ["fixed steps"] = () => FixedSteps(measured), ["chosen steps"] = () => ChosenSteps(measured) };
        Assert.Equal(parts.Keys.Order(), GeneratedParts.In(document).Order());
        string renewed = GeneratedParts.Renew(document, parts);
        if (Environment.GetEnvironmentVariable("DARKROOM_WRITE_DOCS") == "1") File.WriteAllText(path, renewed);
        else Assert.True(renewed == document.ReplaceLineEndings("\n"), Remedy);
    }

    // Property: PLMS loses a part of its order at the timesteps near 0, where rho is no smooth function of them: over timesteps 900 to 300 it is two.
    [Fact]
    public void Plms_has_its_order_away_from_timestep_0()
    {
        using var measured = new Convergence();
        var process = Convergence.StableDiffusion.CreateSchedule();
        double Error(int stride)
        {
            NoisePoint[] path = [.. Enumerable.Range(0, 600 / stride + 1).Select(i => 900 - i * stride).Select(t => NoisePoint.VariancePreserving(t, process.AlphaBar[t]))];
            SamplingMove[] moves = [.. path.Skip(1).Select((to, i) => new SamplingMove(path[i], to))];
            var plan = new SamplingPlan { Points = [path[0], path[1], .. path.Skip(1)], Moves = [moves[0], .. moves], InitialNoiseScale = 1 };
            return measured.Run(new PreparedSampler(new PndmSampler(), plan)).Error;
        }
        double order = Math.Log2(Error(20) / Error(10));
        Assert.InRange(order, 1.8, 2.3);
    }

    // Property: DPM++ 2M inversion has the error of its first step, of order one from the smallest noise level, which is the longest in ln rho: begun at the fifth
    // point the error is far smaller, though those are nearly all of the steps.
    [Fact]
    public void Inversion_has_the_error_of_its_first_step()
    {
        using var measured = new Convergence();
        double From(int start)
        {
            var prepared = SamplerRegistry.Create("dpmpp_2m_inverse", null, Convergence.StableDiffusion, new() { Steps = 100 });
            return measured.Run(prepared with { Plan = prepared.Plan.From(start) }).Error;
        }
        Assert.True(From(5) < From(0) / 5, $"{From(0):G3} from the start, {From(5):G3} from the fifth step");
    }

    private static string FixedSteps(Convergence measured) => GeneratedParts.Table(
        ["sampler", "order", "measured", .. Steps.Select(n => $"error at {n} steps"), "evaluations per step"],
        Convergence.Samplers.Select(s => (string[])
        [
            $"`{s.Name}`", s.Order.ToString(CultureInfo.InvariantCulture), measured.Order(s).ToString("0.0", CultureInfo.InvariantCulture),
            .. Steps.Select(n => Convergence.Show(measured.Error(s, n))), s.EvaluationsPerStep.ToString(CultureInfo.InvariantCulture),
        ]));

    private static string ChosenSteps(Convergence measured) => GeneratedParts.Table(
        ["sampler", "order", "evaluations", "error"],
        SamplerRegistry.All.Where(s => s.EvaluationsPerStep == 0).Select(s =>
        {
            var (evaluations, error) = measured.Run(s.Name);
            return (string[])[$"`{s.Name}`", s.Order.ToString(CultureInfo.InvariantCulture), evaluations.ToString(CultureInfo.InvariantCulture), Convergence.Show(error)];
        }));
}
