using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Lecture;

namespace Darkroom.Cli.Commands.Lecture;

/// <summary>darkroom lecture NAME: the picture of one page.</summary>
internal sealed class LecturePageCommand : CliCommand
{
    private readonly LecturePage _page;
    private readonly CliOption<string> _output = LectureOptions.Output();

    public LecturePageCommand(LecturePage page) : base(page.Name, $"Page {page.Number}. {page.Summary}")
    {
        _page = page;
        Options.Add(_output);
    }

    public override IReadOnlyList<Example> Examples => [new($"darkroom lecture {_page.Name} --output pictures", $"writes pictures/{_page.FileName}.png")];

    public override ExitCode Run(CommandContext context)
    {
        string file = _page.Write(context.Get(_output));
        context.Output.Result(new LectureReport([file]), text => text.WriteLine(file));
        return ExitCode.Success;
    }
}
