using System.Text.Json.Nodes;
using Darkroom.Diffusion;
using Darkroom.Imaging;
using Darkroom.Networks.Blocks;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using Darkroom.Schedules;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>Everything about the training of a diffusion model on pixels: <c>darkroom train pixel</c>.</summary>
public sealed record PixelDiffusionTraining
{
    private const int SheetColumns = 8;
    private const int SheetPictures = 40;

    /// <summary>Steps, optimiser, schedule and reports.</summary>
    public required TrainingSettings Training { get; init; }

    /// <summary>The network, by the names of diffusers' config.json for UNet2DModel; num_class_embeds and sample_size are filled in.</summary>
    public required JsonObject Unet { get; init; }

    /// <summary>What it learns, on discrete timesteps: DDPM, improved DDPM.</summary>
    public ObjectiveSettings Objective { get; init; } = new() { BetaSchedule = "linear", BetaStart = 1e-4, BetaEnd = 0.02 };

    /// <summary>What it learns, on a continuous noise level, in place of the objective: EDM; null for discrete timesteps.</summary>
    public ContinuousObjectiveSettings? Continuous { get; init; }

    /// <summary>What it learns, in continuous time, in place of the objective: a score model (VP, sub-VP, VE); null for none.</summary>
    public ScoreObjectiveSettings? Score { get; init; }

    /// <summary>Makes it the super-resolution model of a cascade; null for a model that begins with noise alone.</summary>
    public SuperResolutionSettings? SuperResolution { get; init; }

    /// <summary>Of data with classes: share of the samples that are trained with the null class, for classifier-free guidance; default 0.1.</summary>
    public double ConditionDrop { get; init; } = 0.1;

    /// <summary>The pictures.</summary>
    public DataSettings Data { get; init; } = new() { Kind = DataKind.Emoji, Edge = 32 };

    /// <summary>Pictures for evaluation, at most; default 128.</summary>
    public int EvaluationPictures { get; init; } = 128;

    /// <summary>Steps of the sheet of samples; default 25.</summary>
    public int SampleSteps { get; init; } = 25;

    /// <summary>Trains, or goes on training, in a folder.</summary>
    /// <param name="folder">Begun already.</param>
    /// <param name="observer">Whom to tell; may be null.</param>
    /// <param name="cancellation">Stops after a step, with a checkpoint.</param>
    /// <returns>Steps done.</returns>
    /// <exception cref="DarkroomException">As of <see cref="Trainer{TSample}.Run"/>; also a configuration that isn't possible, with every problem.</exception>
    public long Run(RunFolder folder, ITrainingObserver? observer, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Training.Validate();
        var data = TrainingPictures.Open(Data, Training.Seed, observer is null ? null : observer.Warned);
        var unetJson = Complete(data.Classes);
        var config = UnetConfig.FromJson(unetJson.ToElement());
        Validate(config);
        var scheduler = Continuous?.Scheduler() ?? Score?.Scheduler() ?? PixelModelFolder.Scheduler(Objective);
        var schedulerConfig = SchedulerConfig.Parse(System.Text.Encoding.UTF8.GetBytes(scheduler.ToJsonString()));
        IPixelObjective objective = Continuous is { } continuous ? continuous.Objective()
            : Score is not null ? new ScorePixelObjective(new SdePixelProcess(schedulerConfig))
            : new DiscretePixelObjective(Objective.Objective(), Objective.ImportanceSampler());

        using var unet = new UNet(config, Training.Precision.ToScalarType()) { AttentionProcessor = new UnfusedAttention() };
        using (var generator = new Generator((ulong)Training.Seed)) unet.InitialiseWeights(generator);
        var heldOut = data.TakeHeldOut(EvaluationPictures);
        using var model = new PixelDiffusion(unet, schedulerConfig, data.Classes, ownsNetwork: false);
        var reports = new PixelReports
        {
            HeldOut = [.. heldOut.Chunk(Training.BatchSize)],
            Draw = () => SuperResolution is null ? Draw(model, unet) : null,
            Export = (path, weights) => PixelModelFolder.Write(path, unet, unetJson, scheduler, data.Classes, SuperResolution, weights),
        };
        var task = new PixelDiffusionTask(unet, objective, reports)
        {
            TakesClasses = data.Classes.Count > 0,
            ConditionDrop = ConditionDrop,
            LowResolution = SuperResolution is null ? null : new LowResolutionInput(new ForwardProcess(Objective.Schedule()), SuperResolution),
        };
        unet.train();
        return new Trainer<CaptionedPixels>(Training, task, data.Training, folder, observer).Run(cancellation);
    }

    /// <summary>The network's configuration with what the data decides: its size, and a class for each of its classes and one for none.</summary>
    private JsonObject Complete(IReadOnlyList<string> classes)
    {
        var unet = (JsonObject)Unet.DeepClone();
        unet["_class_name"] = "UNet2DModel";
        unet["sample_size"] = Data.Edge;
        unet.Remove("num_class_embeds");
        if (classes.Count > 0) unet["num_class_embeds"] = classes.Count + 1;
        if (SuperResolution is not null) unet["class_embed_type"] = "timestep";
        return unet;
    }

    private void Validate(UnetConfig config)
    {
        const int channels = 3;
        var problems = new List<Problem>();
        if (ConditionDrop is < 0 or > 1) problems.Add(new("It must be from 0 to 1.", "conditionDrop"));
        int inputs = SuperResolution is null ? channels : 2 * channels;
        if (config.InChannels != inputs)
            problems.Add(new($"The network takes {config.InChannels} channels, but {(SuperResolution is null ? "pictures have" : "x and the small picture together have")} {inputs}.", "unet.in_channels"));
        problems.AddRange(Continuous?.Problems(channels, config.OutChannels) ?? Score?.Problems(channels, config.OutChannels) ?? Objective.Problems(channels, config.OutChannels));
        if (Continuous is not null && Score is not null) problems.Add(new("A network learns one thing: EDM or a score model.", "continuous, score", "Leave out one of them."));
        if (SuperResolution is not null && (Continuous ?? (object?)Score) is not null)
            problems.Add(new("A super-resolution model is trained on discrete timesteps.", "superResolution", "Leave out continuous and score."));
        if (SuperResolution is { } super)
        {
            if (super.LowEdge < 1 || super.LowEdge >= Data.Edge || Data.Edge % super.LowEdge != 0)
                problems.Add(new($"It is {super.LowEdge}, but must divide the edge of the pictures, {Data.Edge}, and be below it.", "superResolution.lowEdge"));
            if (super.LargestNoise < 0 || super.LargestNoise >= Objective.Timesteps)
                problems.Add(new($"It is {super.LargestNoise}, but must lie within 0 and {Objective.Timesteps - 1}.", "superResolution.largestNoise"));
            if (Data.Classes != ClassKind.None)
                problems.Add(new("A super-resolution model takes the noise of the small picture where others take a class.", "data.classes", "Set it to none."));
        }
        int halvings = config.BlockOutChannels.Count - 1;
        if (Data.Edge % (1 << halvings) != 0)
            problems.Add(new($"It is {Data.Edge}, but the network halves it {halvings} times, so it must be a multiple of {1 << halvings}.", "data.edge"));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    private Picture Draw(PixelDiffusion model, UNet unet)
    {
        using var scope = NewDisposeScope();
        unet.eval();
        var request = new PixelRequest
        {
            Count = SheetPictures,
            Classes = [.. Enumerable.Range(0, model.Classes.Count)],
            Sampler = model.OwnSampler,
            Steps = SampleSteps,
            BatchSize = SheetPictures,
        };
        var pictures = model.SampleTensor(request);
        unet.train();
        return PictureSheet.Of(pictures, SheetColumns);
    }
}
