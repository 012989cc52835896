using Darkroom.Cli.Commands.Evaluation;
using Darkroom.Cli.Commands.Generation;
using Darkroom.Cli.Commands.Lecture;
using Darkroom.Cli.Commands.Training;
using Darkroom.Cli.Hosting;

namespace Darkroom.Cli.Commands;

/// <summary>All commands: one line each, with the heading it stands under in the root help, in the order of that help.</summary>
internal static class CommandList
{
    public static IReadOnlyList<CliCommand> Create() =>
    [
        new Txt2ImgCommand { Group = HelpGroup.Generate },
        new Img2ImgCommand { Group = HelpGroup.Generate },
        new InpaintCommand { Group = HelpGroup.Generate },
        new SampleCommand { Group = HelpGroup.Generate },
        new SamplersCommand { Group = HelpGroup.Generate },
        new TrainCommand { Group = HelpGroup.Train },
        new EvaluateCommand { Group = HelpGroup.Evaluate },
        new LectureCommand { Group = HelpGroup.Learn },
        new InspectCommand { Group = HelpGroup.Models },
        new ConvertCommand { Group = HelpGroup.Models },
        new PngInfoCommand { Group = HelpGroup.Models },
        new TokensCommand { Group = HelpGroup.Diagnose },
        new BenchCommand { Group = HelpGroup.Diagnose },
        new DoctorCommand { Group = HelpGroup.Diagnose },
        new ConfigCommand { Group = HelpGroup.Diagnose },
        new CompletionCommand { Group = HelpGroup.Diagnose },
        new CompleteCommand { Hidden = true },
    ];
}
