using System.Globalization;
using Darkroom.Evaluation.Scenes;
using Darkroom.Training.Data.Scenes;

namespace Darkroom.Cli.Commands.Evaluation;

/// <summary>What an evaluation of scenes prints: a table for people, a document for programs.</summary>
/// <param name="report">What was found.</param>
/// <param name="settings">What was asked.</param>
/// <param name="model">Name of the model.</param>
/// <param name="precision">Its number format.</param>
/// <param name="role">Of the judge.</param>
internal sealed class SceneReportOutput(SceneReport report, SceneEvaluationSettings settings, string model, string precision, JudgeRole role)
{
    private const string Unknown = "-";

    /// <summary>The measures by name at the top, as scripts want them; everything about them below.</summary>
    public object Document()
    {
        var rows = report.Rows;
        return new
        {
            Object = Value("object"),
            Both = Value("both"),
            Side = Value("side"),
            Colour = Value("colour"),
            HeldoutPairs = Value("heldout_pairs"),
            Psnr = Value("psnr"),
            Intervals = rows.ToDictionary(r => r.Name, r => new[] { r.Found.Low, r.Found.High }),
            Counts = rows.ToDictionary(r => r.Name, r => r.Found.Count),
            Gates = rows.ToDictionary(r => r.Name, r => r.Gate),
            Passes = rows.ToDictionary(r => r.Name, r => r.Passes),
            Rendered = rows.Where(r => r.Rendered is not null).ToDictionary(r => r.Name, r => r.Rendered),
            FirstStage = rows.Where(r => r.Reconstructed is not null).ToDictionary(r => r.Name, r => r.Reconstructed),
            report.Distances.Fid,
            report.Distances.Kid,
            LeastFid = report.LeastDistances.Fid,
            LeastKid = report.LeastDistances.Kid,
            Judge = role,
            Model = model,
            Precision = precision,
            settings.Prompts,
            settings.Seed,
            settings.Steps,
            settings.Guidance,
            settings.Sampler,
            Seconds = report.Generating.TotalSeconds,
        };

        double? Value(string name) => rows.Single(r => r.Name == name).Found.Value;
    }

    /// <summary>The table.</summary>
    public void Write(TextWriter text)
    {
        Line($"{"measure",-15}{"value",8}{"95 % interval",17}{"n",6}{"gate",7}{"",8}{"rendered",10}{"first stage",13}");
        foreach (var row in report.Rows)
        {
            string format = row.Rendered is null && row.Name == "psnr" ? "0.00" : "0.000";
            string interval = row.Found.Low is null ? Unknown : $"{Number(row.Found.Low, format)} .. {Number(row.Found.High, format)}";
            string verdict = row.Passes switch { true => "reached", false => "missed", null => "" };
            Line($"{row.Name,-15}{Number(row.Found.Value, format),8}{interval,17}{row.Found.Count,6}{Number(row.Gate, "0.##"),7}{verdict,8}{Number(row.Rendered, format),10}{Number(row.Reconstructed, format),13}");
        }
        Line($"FID {report.Distances.Fid:0.000} (rendered scenes {report.LeastDistances.Fid:0.000})   KID {report.Distances.Kid:0.00000} (rendered scenes {report.LeastDistances.Kid:0.00000}), on the judge's features");
        Line($"{settings.Prompts} pictures in {report.Generating.TotalSeconds:0} s. rendered: the same prompts drawn perfectly; first stage: those, encoded and decoded.");
        text.WriteLine(role == JudgeRole.Reporting
            ? "The judge is the reporting one. Choose checkpoints and settings with --judge choosing, never by these figures."
            : "The judge is the choosing one: good for comparing checkpoints and settings. Report a finished model's quality with --judge reporting.");

        void Line(FormattableString line) => text.WriteLine(line.ToString(CultureInfo.InvariantCulture).TrimEnd());
    }

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? Unknown;
}
