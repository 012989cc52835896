using System.Diagnostics;
using Darkroom.Cli.Hosting;
using Darkroom.Cli.Options;
using Darkroom.Cli.Output;
using Darkroom.Pipelines;
using Darkroom.Runtime;

namespace Darkroom.Cli.Commands.Generation;

/// <summary>What txt2img, img2img and inpaint have in common: from options to pictures on the disk.</summary>
internal abstract class GenerationCommand : CliCommand
{
    protected GenerationCommand(string name, string description) : base(name, description)
    {
    }

    protected GenerationOptions Shared { get; } = new();

    /// <summary>What is asked for.</summary>
    protected abstract GenerationRequest Request(CommandContext context);

    /// <summary>The number format.</summary>
    protected virtual string Dtype(CommandContext context) => context.Get(Shared.Dtype);

    public sealed override ExitCode Run(CommandContext context)
    {
        string path = context.Get(Shared.Model) ?? EmbeddedModel.Locate();
        var request = Request(context);
        bool overwrite = context.Get(Shared.Overwrite);
        var names = PictureNames.Choose(context.Get(Shared.Output), request.Prompt, Math.Max(1, request.Batch), overwrite);
        string? latents = LatentsPath(context, overwrite);
        ComputeThreads.Use(context.Get(Shared.Threads));

        var started = Stopwatch.StartNew();
        using var model = StableDiffusion.Load(path, GenerationBinding.LoadOptions(Shared, context, Dtype(context), request.Batch));
        context.Output.Detail($"Loaded {path} as {model.Precision.Name()} in {started.Elapsed.TotalSeconds:0.0} s.");
        var made = new List<SavedPicture>();
        try
        {
            context.Output.WithProgress("sampling", 1, "step", progress =>
            {
                foreach (var picture in model.Generate(request, new StepProgress(progress), context.Output.Warn, context.Cancellation))
                    made.Add(new SavedPicture(Save(picture, names, overwrite), picture));
                return made.Count;
            });
        }
        catch (OperationCanceledException)
        {
            context.Output.Note(made switch
            {
                [] => "No picture was finished.",
                [var only] => $"Kept {only.File}.",
                [var first, .., var last] => $"Kept {made.Count} pictures, {first.File} to {last.File}.",
            });
            throw;
        }
        if (latents is not null) LatentsFile.Write(latents, [.. made.Select(m => m.Picture)], overwrite);
        Report(context, model, made, latents, started.Elapsed.TotalSeconds);
        return ExitCode.Success;
    }

    private static string Save(GeneratedPicture picture, PictureNames names, bool overwrite)
    {
        string file = names.Of(picture.Index);
        if (names.MayTakeNextFree && !overwrite) return picture.SaveNextFree(file);
        picture.Save(file, overwrite);
        return file;
    }

    private string? LatentsPath(CommandContext context, bool overwrite)
    {
        if (context.Get(Shared.SaveLatents) is not { } path) return null;
        if (!overwrite && Path.Exists(path))
            throw new DarkroomException(ErrorKind.OutputFailed, "The file exists already.", path, "Name another one, or say --overwrite.");
        return path;
    }

    private static void Report(CommandContext context, StableDiffusion model, List<SavedPicture> made, string? latents, double seconds)
    {
        var report = new GenerationReport(model.Name, model.Precision.Name(), seconds, latents, made is [var first, ..] ? first.Picture.UnknownWords : [],
            [.. made.Select(m => new PictureReport(m.File, m.Picture.Seed, m.Picture.Picture.Width, m.Picture.Picture.Height, m.Picture.Parameters.ToString()))]);
        context.Output.Result(report, text =>
        {
            foreach (var picture in made) text.WriteLine(picture.File);
        });
        context.Output.Note($"Seed {string.Join(", ", made.Select(m => m.Picture.Seed))}; {seconds:0.0} s.");
    }

    private sealed record SavedPicture(string File, GeneratedPicture Picture);

    private sealed record GenerationReport(string Model, string Dtype, double Seconds, string? Latents, IReadOnlyList<string> UnknownWords, IReadOnlyList<PictureReport> Pictures);

    private sealed record PictureReport(string File, long Seed, int Width, int Height, string Parameters);
}
