using System.Globalization;
using Darkroom.Samplers;
using Darkroom.Schedules;

namespace Darkroom.Tests.Docs;

/// <summary>The parts of docs/samplers.md that are made from the registries, by the names of their markers.</summary>
public static class SamplerTables
{
    private static readonly Dictionary<string, Func<string>> Parts = new()
    {
        ["samplers as in diffusers"] = ClassSamplers,
        ["samplers as in k-diffusion"] = () => Samplers(SamplerDialect.KDiffusion),
        ["samplers as in AUTOMATIC1111"] = WebUiSamplers,
        ["samplers as in the original repositories"] = () => Samplers(SamplerDialect.Original),
        ["methods"] = Methods,
        ["schedules"] = Schedules,
        ["spacings"] = Spacings,
    };

    private static readonly string[] Heads = ["method", "fresh noise", "order", "evaluations per step", "paper"];

    /// <summary>The names of the parts that the document must have.</summary>
    public static IReadOnlyCollection<string> Names => Parts.Keys;

    /// <summary>The document with every part made anew.</summary>
    public static string Renew(string document) => GeneratedParts.Renew(document, Parts);

    private static string Samplers(SamplerDialect dialect) => GeneratedParts.Table(
        ["name", "also", .. Heads], SamplerRegistry.All.Where(s => s.Dialect == dialect).Select(s => (string[])[Code(s.Name), Aliases(s), .. Properties(s)]));

    private static string ClassSamplers() => GeneratedParts.Table(
        ["name", "also", "class", .. Heads],
        SamplerRegistry.All.Where(s => s.Dialect == SamplerDialect.Diffusers).Select(s => (string[])[Code(s.Name), Aliases(s), Code(s.Method), .. Properties(s)]));

    private static string WebUiSamplers() => GeneratedParts.Table(
        ["name", "function", "schedule if none is named", .. Heads],
        SamplerRegistry.All.Where(s => s.Dialect == SamplerDialect.A1111).Select(s =>
        {
            var automatic = SamplerDefault.OfA1111(s.Name);
            string schedule = automatic.Schedule + (automatic.DiscardPenultimate ? ", last but one level left out" : "");
            return (string[])[Code(s.Name), Code("sample_" + s.Method), schedule, .. Properties(s)];
        }));

    private static string[] Properties(SamplerInfo s) =>
    [
        s.Title, s.Stochastic ? "yes" : "no", s.Order.ToString(CultureInfo.InvariantCulture),
        s.EvaluationsPerStep == 0 ? "as many as it needs" : s.EvaluationsPerStep.ToString(CultureInfo.InvariantCulture), s.Paper,
    ];

    private static string Aliases(SamplerInfo s) => string.Join(", ", s.Aliases.Select(Code));

    private static string Methods() => string.Concat(SamplerRegistry.All.GroupBy(s => s.Title).Select(method =>
        $"- **{method.Key}** ({string.Join(", ", method.Select(s => Code(s.Name)))}). {method.First().Summary} {method.First().Use}\n"));

    private static string Schedules() => GeneratedParts.Table(["name", "also", "whose", "what"], SigmaSchedules.All.Select(s => (string[])
    [
        Code(SigmaSchedules.UniqueName(s)), string.Join(", ", s.Aliases.Select(Code)),
        s.Dialect switch { SigmaDialect.ComfyUI => "ComfyUI", SigmaDialect.A1111 => "AUTOMATIC1111", _ => "common" }, s.Summary,
    ]));

    private static string Spacings() => GeneratedParts.Table(["spacing", "N = 5 of T = 1000", "the same for DPM++, DEIS, UniPC, SA-Solver"],
        Enum.GetValues<TimestepSpacing>().Select(spacing => (string[])
        [
            Code(spacing.ToString().ToLowerInvariant()), List(SpacedTimesteps.Of(spacing, 1000, 5)), List(SpacedTimesteps.OfIntegrator(spacing, 1000, 5)),
        ]));

    private static string List(double[] timesteps) => string.Join(", ", timesteps.Select(t => t.ToString(CultureInfo.InvariantCulture)));

    private static string Code(string name) => $"`{name}`";
}
