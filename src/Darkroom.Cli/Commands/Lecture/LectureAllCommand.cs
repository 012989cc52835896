using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Lecture;

namespace Darkroom.Cli.Commands.Lecture;

/// <summary>darkroom lecture all: every picture.</summary>
internal sealed class LectureAllCommand : CliCommand
{
    private readonly CliOption<string> _output = LectureOptions.Output();

    public LectureAllCommand() : base("all", "Make the pictures of all pages.") => Options.Add(_output);

    public override IReadOnlyList<Example> Examples { get; } = [new("darkroom lecture all --output pictures", "every picture of the lecture")];

    public override ExitCode Run(CommandContext context)
    {
        string folder = context.Get(_output);
        var files = context.Output.WithProgress("drawing", LecturePage.All.Count, "picture", progress =>
        {
            var written = new List<string>();
            foreach (var page in LecturePage.All)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                written.Add(page.Write(folder));
                progress.Report(written.Count);
            }
            return written;
        });
        context.Output.Result(new LectureReport(files), text => files.ForEach(text.WriteLine));
        return ExitCode.Success;
    }
}
