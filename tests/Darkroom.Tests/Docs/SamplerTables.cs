using System.Globalization;
using System.Text.RegularExpressions;
using Darkroom.Samplers;
using Darkroom.Schedules;

namespace Darkroom.Tests.Docs;

/// <summary>The parts of docs/samplers.md that are made from the registries, by the names of their markers.</summary>
/// <remarks>A part stands between the lines <c>&lt;!-- made from the code: NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c>.</remarks>
public static partial class SamplerTables
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

    /// <summary>The names of the parts that a document has, in its order.</summary>
    public static IReadOnlyList<string> In(string document) => [.. Part().Matches(document).Select(m => m.Groups["name"].Value)];

    /// <summary>The document with every part made anew.</summary>
    public static string Renew(string document) => Part().Replace(document.ReplaceLineEndings("\n"), m =>
        Parts.TryGetValue(m.Groups["name"].Value, out var make) ? $"{m.Groups["begin"].Value}\n{make()}{m.Groups["end"].Value}" : m.Value);

    private static string Samplers(SamplerDialect dialect) => Table(
        ["name", "also", .. Heads], SamplerRegistry.All.Where(s => s.Dialect == dialect).Select(s => (string[])[Code(s.Name), Aliases(s), .. Properties(s)]));

    private static string ClassSamplers() => Table(
        ["name", "also", "class", .. Heads],
        SamplerRegistry.All.Where(s => s.Dialect == SamplerDialect.Diffusers).Select(s => (string[])[Code(s.Name), Aliases(s), Code(s.Method), .. Properties(s)]));

    private static string WebUiSamplers() => Table(
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

    private static string Schedules() => Table(["name", "also", "whose", "what"], SigmaSchedules.All.Select(s => (string[])
    [
        Code(SigmaSchedules.UniqueName(s)), string.Join(", ", s.Aliases.Select(Code)),
        s.Dialect switch { SigmaDialect.ComfyUI => "ComfyUI", SigmaDialect.A1111 => "AUTOMATIC1111", _ => "common" }, s.Summary,
    ]));

    private static string Spacings() => Table(["spacing", "N = 5 of T = 1000", "the same for DPM++, DEIS, UniPC, SA-Solver"],
        Enum.GetValues<TimestepSpacing>().Select(spacing => (string[])
        [
            Code(spacing.ToString().ToLowerInvariant()), List(SpacedTimesteps.Of(spacing, 1000, 5)), List(SpacedTimesteps.OfIntegrator(spacing, 1000, 5)),
        ]));

    private static string List(double[] timesteps) => string.Join(", ", timesteps.Select(t => t.ToString(CultureInfo.InvariantCulture)));

    private static string Table(string[] heads, IEnumerable<string[]> rows) =>
        string.Concat(rows.Prepend([.. heads.Select(_ => "---")]).Prepend(heads).Select(cells => $"| {string.Join(" | ", cells)} |\n"));

    private static string Code(string name) => $"`{name}`";

    [GeneratedRegex(@"(?<begin>^<!-- made from the code: (?<name>[^\n]*?) -->$)\n.*?(?<end>^<!-- end -->$)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();
}
