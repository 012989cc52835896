using System.Globalization;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Lecture;
using Darkroom.Lecture.Figures;
using Darkroom.Lecture.Plane;

namespace Darkroom.Cli.Commands.Lecture;

/// <summary>darkroom lecture playground: any sampler on data in the plane.</summary>
internal sealed class LecturePlaygroundCommand : CliCommand
{
    private readonly CliOption<string> _data = CliOptions.Choice("--data", "The data; moons and spiral have 2 classes, mixture 3, ring 8.", "moons", [.. PlaneData.Names]);
    private readonly CliOption<string?> _sampler = CliOptions.Text("--sampler", "NAME", "A sampler, as darkroom samplers lists them.", "ddim");
    private readonly CliOption<int> _steps = CliOptions.Integer("--steps", "N", "Steps.", 20, 1, 1000);
    private readonly CliOption<double?> _eta = CliOptions.OptionalNumber("--eta", "X", "How much fresh noise, for samplers that have a choice; 0 is none.", 0, 100);
    private readonly CliOption<int?> _class = CliOptions.OptionalInteger("--class", "K", "The class to sample, from 0; all data if not given.", 0);
    private readonly CliOption<double> _guidance = CliOptions.Number("--guidance", "X", "Guidance scale towards the class: 0 ignores it, 1 samples it, more exaggerates it.", 1, 0, 100);
    private readonly CliOption<bool> _learned = CliOptions.Flag("--learned", "Train a small network first and sample with it, not with the exact denoiser.");
    private readonly CliOption<int> _seed = CliOptions.Integer("--seed", "N", "Decides the noise, and the training.", 1, 0);
    private readonly CliOption<string> _output = CliOptions.RequiredPath("--output", "FILE", "The picture to write (.png); replaced where it exists.");

    public LecturePlaygroundCommand() : base("playground",
        "Try a sampler on data in the plane: draws the paths and the samples, and says how far they are from the data (energy distance, below 0.03 for a perfect sampler).")
    {
        Options.Add(_data);
        Options.Add(_sampler);
        Options.Add(_steps);
        Options.Add(_eta);
        Options.Add(_class);
        Options.Add(_guidance);
        Options.Add(_learned);
        Options.Add(_seed);
        Options.Add(_output);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("darkroom lecture playground --sampler dpmpp_2m --steps 8 --output dpmpp.png", "eight steps of DPM++ 2M on two moons"),
        new("darkroom lecture playground --data mixture --class 0 --guidance 4 --output guided.png", "one class of three, guided"),
    ];

    public override ExitCode Run(CommandContext context)
    {
        string file = context.Get(_output);
        FigureFile.CheckName(file);
        var result = Playground.Run(new()
        {
            Data = context.Get(_data),
            Sampler = context.Get(_sampler) ?? "ddim",
            Steps = context.Get(_steps),
            Eta = context.Get(_eta),
            Class = context.Get(_class),
            Guidance = context.Get(_guidance),
            Learned = context.Get(_learned),
            Seed = context.Get(_seed),
        });
        FigureFile.Save(result.Picture, file);
        context.Output.Result(new Report(file, result.Distance, result.Evaluations), text => text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{file}: energy distance {result.Distance:0.000} after {result.Evaluations} evaluations")));
        return ExitCode.Success;
    }

    private sealed record Report(string File, double EnergyDistance, int Evaluations);
}
