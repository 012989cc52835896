namespace Darkroom.Schedules;

/// <summary>Align Your Steps with the rounded table: N points log-linearly interpolated over all eleven levels, then 0.</summary>
/// <remarks>A1111's form; with N = 11 it is the table itself.</remarks>
internal sealed class AlignYourStepsSigmasA1111 : ISigmaSchedule
{
    public string Name => "align_your_steps";

    public SigmaDialect? Dialect => SigmaDialect.A1111;

    public IReadOnlyList<string> Aliases => ["ays"];

    public string Summary => "Align Your Steps as A1111 has it: rounded table, one noise level more.";

    public double[] Sigmas(SigmaRequest request) =>
        [.. AlignYourStepsTable.LogLinear(AlignYourStepsTable.Published(request.Family), request.Steps), 0];
}
