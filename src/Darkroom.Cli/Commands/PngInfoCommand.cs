using System.CommandLine;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Imaging;

namespace Darkroom.Cli.Commands;

/// <summary>darkroom png-info: how pictures were made, as they say themselves.</summary>
internal sealed class PngInfoCommand : CliCommand
{
    private readonly Argument<string[]> _files = CliArguments.Texts("FILE", "PNG, JPEG, WebP or GIF pictures, of Darkroom or of another program.");

    public PngInfoCommand() : base("png-info", "Print how pictures were made: the prompt and settings that they carry.") => Arguments.Add(_files);

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom png-info apple.png", "the text that the picture carries"),
        new("darkroom png-info --json *.png", "prompts and settings of many pictures for a script"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string[] files = context.Get(_files);
        var reports = new List<PngInfoReport>();
        var failures = new List<DarkroomException>();
        foreach (string file in files)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            try
            {
                reports.Add(PngInfoReport.Of(file, PictureMetadata.Read(file)));
            }
            catch (DarkroomException failure)
            {
                failures.Add(failure);
            }
        }
        context.Output.Result(new { Pictures = reports }, text => Write(text, reports, named: files.Length > 1));
        foreach (var report in reports.Where(r => r.Parameters is null))
            context.Output.Note($"{report.File} does not say how it was made.");
        if (failures.Count == 0) return ExitCode.Success;
        throw new DarkroomException(failures[0].Kind, [.. failures.SelectMany(f => f.Problems)], failures[0]);
    }

    private static void Write(TextWriter text, IReadOnlyList<PngInfoReport> reports, bool named)
    {
        foreach (var (i, report) in reports.Index())
        {
            if (named) text.WriteLine($"{(i > 0 ? Environment.NewLine : "")}== {report.File}");
            if (report.Parameters is not null) text.WriteLine(report.Parameters);
            foreach (var (key, value) in report.Items) text.WriteLine($"{key}: {value}");
        }
    }
}

/// <summary>What --json says of a picture.</summary>
/// <param name="File">As it was named.</param>
/// <param name="Parameters">The text as it stands in the file; null where there is none.</param>
/// <param name="Prompt">Taken from it, as are the following.</param>
/// <param name="NegativePrompt">Empty where there is none.</param>
/// <param name="Settings">Every setting in order.</param>
/// <param name="Items">Other text chunks of a PNG.</param>
internal sealed record PngInfoReport(
    string File, string? Parameters, string? Prompt, string? NegativePrompt, OrderedDictionary<string, string>? Settings, OrderedDictionary<string, string> Items)
{
    public static PngInfoReport Of(string file, PictureMetadata metadata)
    {
        var made = metadata.Parameters is null ? null : GenerationParameters.Parse(metadata.Parameters);
        return new(file, metadata.Parameters, made?.Prompt, made?.NegativePrompt, made?.Settings, new(metadata.Items));
    }
}
