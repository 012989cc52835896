using Darkroom.Cli.Hosting;
using Darkroom.Lecture;

namespace Darkroom.Cli.Commands.Lecture;

/// <summary>darkroom lecture: the pictures of docs/lecture, and a playground.</summary>
internal sealed class LectureCommand : CommandGroup
{
    public LectureCommand() : base("lecture",
        "Make the pictures of the lecture on diffusion models (docs/lecture), on data in the plane whose exact denoiser is known. Each takes seconds.")
    {
        foreach (var page in LecturePage.All) Subcommands.Add(new LecturePageCommand(page));
        Subcommands.Add(new LectureAllCommand());
        Subcommands.Add(new LecturePlaygroundCommand());
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom lecture all --output pictures", "every picture of the lecture"),
        new("darkroom lecture playground --data spiral --sampler k_heun --steps 10 --output heun.png", "any sampler on other data"),
    ];
}
