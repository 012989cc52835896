using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Output;
using Darkroom.Samplers;
using Darkroom.Schedules;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom samplers: what --sampler and --schedule take.</summary>
internal sealed class SamplersCommand() : CliCommand("samplers", "List the names that --sampler and --schedule take, with what each is.")
{
    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom samplers", "samplers and schedules"),
        new("darkroom samplers --json", "the same for a script, with aliases, papers and advice"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        var schedules = SigmaSchedules.All.Select(s => new ScheduleReport(SigmaSchedules.UniqueName(s), s.Aliases, s.Dialect, s.Summary)).ToList();
        context.Output.Result(new SamplersReport(SamplerRegistry.All, schedules), text =>
        {
            foreach (var dialect in SamplerRegistry.All.GroupBy(s => s.Dialect))
            {
                text.WriteLine($"Samplers as in {NameOf(dialect.Key)}");
                text.WriteLine($"  {"name",-20} order  evaluations  fresh noise");
                foreach (var s in dialect)
                {
                    string evaluations = s.EvaluationsPerStep == 0 ? "adaptive" : s.EvaluationsPerStep.ToString(CultureInfo.InvariantCulture);
                    text.WriteLine($"  {s.Name,-20} {s.Order,5}  {evaluations,11}  {(s.Stochastic ? "yes" : "no"),-11}  {s.Summary}");
                }
                text.WriteLine();
            }
            text.WriteLine("Schedules");
            foreach (var schedule in schedules) text.WriteLine($"  {schedule.Name,-23} {schedule.Summary}");
        });
        return ExitCode.Success;
    }

    private static string NameOf(SamplerDialect dialect) => dialect switch
    {
        SamplerDialect.Diffusers => "diffusers",
        SamplerDialect.KDiffusion => "k-diffusion and ComfyUI",
        SamplerDialect.A1111 => "AUTOMATIC1111",
        _ => "the original repositories",
    };

    private sealed record ScheduleReport(string Name, IReadOnlyList<string> Aliases, SigmaDialect? Dialect, string Summary);

    private sealed record SamplersReport(IReadOnlyList<SamplerInfo> Samplers, IReadOnlyList<ScheduleReport> Schedules);
}
