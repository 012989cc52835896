using Darkroom.Runtime;

namespace Darkroom.Training;

/// <summary>Which optimiser takes the steps.</summary>
public enum OptimiserKind
{
    /// <summary>Adam, weight decay (if any) added to the gradient: Kingma and Ba 2015, arXiv:1412.6980.</summary>
    Adam,

    /// <summary>AdamW, weight decay apart from the gradient: Loshchilov and Hutter 2019, arXiv:1711.05101.</summary>
    AdamW,
}

/// <summary>Adam and AdamW.</summary>
public sealed record OptimiserSettings
{
    /// <summary>Which of the two.</summary>
    public OptimiserKind Kind { get; init; } = OptimiserKind.AdamW;

    /// <summary>The learning rate that the schedule scales; default 1e-4, above 0.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>Decay of the mean of gradients; default 0.9, in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients; default 0.999, in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square; default 1e-8.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Weight decay; default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Shares of the learning rate for weights whose names begin so, such as "text_encoder." : 0.1; above 0. The longest beginning counts; others have 1.</summary>
    public IReadOnlyDictionary<string, double> LearningRateShares { get; init; } = new Dictionary<string, double>();

    internal double ShareOf(string name) =>
        LearningRateShares.Where(s => name.StartsWith(s.Key, StringComparison.Ordinal)).OrderByDescending(s => s.Key.Length).Select(s => s.Value).FirstOrDefault(1);
}

/// <summary>How the learning rate goes after the warm-up.</summary>
public enum LearningRateShape
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls along a straight line to the final share at the last step.</summary>
    Linear,

    /// <summary>It falls along half a cosine to the final share at the last step.</summary>
    Cosine,
}

/// <summary>The learning rate over the steps.</summary>
public sealed record ScheduleSettings
{
    /// <summary>Shape after the warm-up.</summary>
    public LearningRateShape Shape { get; init; } = LearningRateShape.Constant;

    /// <summary>Steps over which it rises from 0; step n of them has the share (n + 1) / WarmUpSteps. Default 0.</summary>
    public long WarmUpSteps { get; init; }

    /// <summary>
    /// Last steps of a constant rate (at most all after the warm-up) over which it falls after all, as 1 - sqrt(u); default 0. Unlike a cosine, the steps
    /// before do not depend on how many there are in all: a training can be prolonged from a checkpoint before the fall. Haegele et al. 2024, arXiv:2405.18392.
    /// </summary>
    public long CoolDownSteps { get; init; }

    /// <summary>Share of the learning rate that a falling shape, or the cool-down, ends at; default 0.</summary>
    public double FinalShare { get; init; }
}

/// <summary>Which rule gives the decay of the moving average of the weights.</summary>
public enum EmaForm
{
    /// <summary>min(Decay, (1 + n) / (10 + n)) after n updates: CompVis' LitEma.</summary>
    CompVis,

    /// <summary>The same one update later, the first of which copies the weights: diffusers' EMAModel.</summary>
    Diffusers,

    /// <summary>min(Decay, 1 - (1 + n / InverseGamma)^-Power): diffusers' EMAModel with use_ema_warmup.</summary>
    Power,

    /// <summary>Decay from the first update on: DDPM, improved DDPM.</summary>
    Constant,
}

/// <summary>The moving average of the weights that samples and exported models are made with.</summary>
public sealed record EmaSettings
{
    /// <summary>Which rule.</summary>
    public EmaForm Form { get; init; } = EmaForm.CompVis;

    /// <summary>The decay that the rule approaches; default 0.9999.</summary>
    public double Decay { get; init; } = 0.9999;

    /// <summary>Scale of the power rule in updates; default 1.</summary>
    public double InverseGamma { get; init; } = 1;

    /// <summary>Exponent of the power rule; default 2/3.</summary>
    public double Power { get; init; } = 2.0 / 3;
}

/// <summary>What every training has in common, whatever is trained.</summary>
public sealed record TrainingSettings
{
    /// <summary>Optimiser steps in all; at least 1.</summary>
    public required long Steps { get; init; }

    /// <summary>Samples in one forward pass; at least 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Forward passes whose gradients are averaged for one step; default 1.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>The optimiser.</summary>
    public OptimiserSettings Optimiser { get; init; } = new();

    /// <summary>The learning rate over time.</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Gradients are scaled down to this norm where theirs is larger; null (the default) leaves them.</summary>
    public double? GradientClipNorm { get; init; }

    /// <summary>The moving average of the weights; null keeps none.</summary>
    public EmaSettings? Ema { get; init; } = new();

    /// <summary>Precision of the computation; the optimiser and the weights it changes are float32 always. Default f32.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Seed of the weights, of noise and of the order of the data; default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Threads of one operation; null takes all cores. A resumed training needs the same number to be bit for bit the same.</summary>
    public int? Threads { get; init; }

    /// <summary>Background tasks that load data; default 1.</summary>
    public int DataWorkers { get; init; } = 1;

    /// <summary>Steps between lines of the log; default 50.</summary>
    public long LogEvery { get; init; } = 50;

    /// <summary>Steps between checkpoints; default 1000. A checkpoint is also written at the end and on Ctrl+C.</summary>
    public long SaveEvery { get; init; } = 1000;

    /// <summary>Checkpoints that are kept; default 2.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between sheets of samples; 0 for none. Default 1000.</summary>
    public long SampleEvery { get; init; } = 1000;

    /// <summary>Steps between evaluations; 0 for none. Default 1000.</summary>
    public long EvaluateEvery { get; init; } = 1000;

    /// <summary>Refuses what can't work, with every problem at once.</summary>
    /// <exception cref="DarkroomException">InvalidRequest.</exception>
    public void Validate()
    {
        var problems = new List<Problem>();
        void Check(bool good, string where, string what)
        {
            if (!good) problems.Add(new Problem(what, where));
        }
        Check(Steps >= 1, "steps", "At least 1 step is needed.");
        Check(BatchSize >= 1, "batchSize", "At least 1 sample is needed.");
        Check(Accumulation >= 1, "accumulation", "At least 1 forward pass is needed.");
        Check(Optimiser.LearningRate > 0 && double.IsFinite(Optimiser.LearningRate), "optimiser.learningRate", "It must be above 0.");
        Check(Optimiser.Beta1 is >= 0 and < 1, "optimiser.beta1", "It must be in [0, 1).");
        Check(Optimiser.Beta2 is >= 0 and < 1, "optimiser.beta2", "It must be in [0, 1).");
        Check(Optimiser.Epsilon >= 0, "optimiser.epsilon", "It must not be negative.");
        Check(Optimiser.WeightDecay >= 0, "optimiser.weightDecay", "It must not be negative.");
        Check(Optimiser.LearningRateShares.Values.All(s => s > 0 && double.IsFinite(s)), "optimiser.learningRateShares", "Each must be above 0.");
        Check(Schedule.WarmUpSteps >= 0, "schedule.warmUpSteps", "It must not be negative.");
        Check(Schedule.CoolDownSteps >= 0, "schedule.coolDownSteps", "It must not be negative.");
        Check(Schedule.CoolDownSteps == 0 || Schedule.Shape == LearningRateShape.Constant, "schedule.coolDownSteps", "Only a constant rate cools down; the others fall by themselves.");
        Check(Schedule.FinalShare is >= 0 and <= 1, "schedule.finalShare", "It must be in [0, 1].");
        Check(GradientClipNorm is null or > 0, "gradientClipNorm", "It must be above 0; leave it out for no clipping.");
        Check(Ema is null or { Decay: >= 0 and < 1, InverseGamma: > 0, Power: > 0 }, "ema", "decay must be in [0, 1), inverseGamma and power above 0.");
        Check(Precision != Precision.Float16, "precision", "Training in f16 overflows without loss scaling; use f32 or bf16.");
        Check(Threads is null or >= 1, "threads", "At least 1 thread is needed.");
        Check(DataWorkers >= 1, "dataWorkers", "At least 1 task is needed.");
        Check(LogEvery >= 1, "logEvery", "It must be at least 1.");
        Check(SaveEvery >= 1, "saveEvery", "It must be at least 1.");
        Check(KeepCheckpoints >= 1, "keepCheckpoints", "At least 1 checkpoint must be kept.");
        Check(SampleEvery >= 0, "sampleEvery", "It must not be negative; 0 is never.");
        Check(EvaluateEvery >= 0, "evaluateEvery", "It must not be negative; 0 is never.");
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }
}
