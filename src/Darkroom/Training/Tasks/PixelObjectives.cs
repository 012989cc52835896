using Darkroom.Diffusion;
using Darkroom.Pipelines.Pixels;
using Darkroom.Runtime;
using static TorchSharp.torch;

namespace Darkroom.Training.Tasks;

/// <summary>What is drawn for one batch of pictures: the network's input and time, and its loss there.</summary>
internal interface IPixelDraw
{
    /// <summary>[B, C, H, W], what the network sees.</summary>
    Tensor Input { get; }

    /// <summary>[B], what the network's time embedding gets.</summary>
    Tensor Time { get; }

    /// <summary>The mean loss of the batch, and the losses per item, not weighted by how likely their noise level was.</summary>
    (Tensor Loss, Tensor Items) Losses(Tensor output);
}

/// <summary>What a network of pixels learns.</summary>
internal interface IPixelObjective
{
    /// <summary>Draws noise and noise levels for a batch; the tensors belong to the caller's dispose scope.</summary>
    /// <param name="x0">[B, C, H, W].</param>
    /// <param name="random">Where to draw.</param>
    /// <param name="training">Whether the distribution of noise levels may be the adaptive one; evaluation draws them as they come.</param>
    IPixelDraw Draw(Tensor x0, TorchGenerator random, bool training);

    /// <summary>Tells of the losses of a step of the training.</summary>
    void Update(IPixelDraw draw, Tensor items)
    {
    }

    /// <summary>What it remembers from step to step, by name.</summary>
    IReadOnlyDictionary<string, Tensor> SaveState() => new Dictionary<string, Tensor>();

    /// <summary>Puts that back.</summary>
    void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
    }
}

/// <summary>The discrete process of DDPM and improved DDPM, with uniform timesteps or importance sampling.</summary>
internal sealed class DiscretePixelObjective(TrainingObjective objective, LossSecondMomentTimesteps? importance = null) : IPixelObjective
{
    private const string LossesName = "timesteps.losses", CountsName = "timesteps.counts";

    public IPixelDraw Draw(Tensor x0, TorchGenerator random, bool training) => new DiffusionDraw(objective, x0, random, training ? importance : null);

    public void Update(IPixelDraw draw, Tensor items)
    {
        if (importance is null) return;
        using var wide = items.detach().to(ScalarType.Float64, CPU);
        importance.Update(((DiffusionDraw)draw).Steps, wide.data<double>().ToArray());
    }

    public IReadOnlyDictionary<string, Tensor> SaveState() => importance is null ? new Dictionary<string, Tensor>() : new Dictionary<string, Tensor>
    {
        [LossesName] = tensor(importance.Losses.SelectMany(l => l).ToArray(), [importance.Losses.Length, importance.Losses[0].Length]),
        [CountsName] = tensor(importance.Counts.Select(c => (long)c).ToArray()),
    };

    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        if (importance is null) return;
        double[] losses = [.. state[LossesName].data<double>()];
        long[] counts = [.. state[CountsName].data<long>()];
        for (int t = 0; t < importance.Losses.Length; t++)
        {
            int history = importance.Losses[t].Length;
            losses.AsSpan(t * history, history).CopyTo(importance.Losses[t]);
            importance.Counts[t] = (int)counts[t];
        }
    }
}

/// <summary>A continuous noise level with a preconditioned network: EDM, and the score models of the VP and VE equations in its form (table 1 of arXiv:2206.00364).</summary>
internal sealed class PreconditionedPixelObjective(Preconditioning preconditioning, NoiseLevelDistribution levels) : IPixelObjective
{
    public IPixelDraw Draw(Tensor x0, TorchGenerator random, bool training)
    {
        var noise = new TorchNoise(random).Next(x0);
        var numbers = new double[x0.shape[0]];
        if (levels.IsNormal) random.Randn(numbers);
        else random.Rand(numbers);
        double[] sigmas = [.. numbers.Select(levels.Sigma)];
        var noisy = EdmObjective.AddNoise(x0, noise, sigmas);
        var (input, time) = EdmObjective.Input(preconditioning, noisy, sigmas);
        return new Drawn(input, time, output =>
        {
            var denoised = EdmObjective.Denoised(preconditioning, output, noisy, sigmas);
            var items = EdmObjective.Loss(levels, denoised, x0, sigmas).flatten(1).mean([1]);
            return (items.mean(), items);
        });
    }
}

/// <summary>A score model in continuous time: t uniform in (eps, 1), one number of float64 per item after the noise; the loss is the mean of |eps - eps hat|^2.</summary>
internal sealed class ScorePixelObjective(SdePixelProcess process) : IPixelObjective
{
    public IPixelDraw Draw(Tensor x0, TorchGenerator random, bool training)
    {
        var noise = new TorchNoise(random).Next(x0);
        var numbers = new double[x0.shape[0]];
        random.Rand(numbers);
        NoisePoint[] points = [.. numbers.Select(number => process.Sde.At(ScoreObjective.Time(number)))];
        float[] scales = [.. points.Select(at => (float)SdePixelProcess.InputScale(at))];
        var input = tensor(scales).reshape(-1, 1, 1, 1) * ScoreObjective.AddNoise(x0, noise, points);
        var times = tensor(points.Select(at => (float)process.TimeAt(at)).ToArray());
        return new Drawn(input, times, output =>
        {
            var items = ScoreObjective.Loss(output, noise);
            return (items.mean(), items);
        });
    }
}

/// <summary>A draw whose loss is a function of the output.</summary>
internal sealed record Drawn(Tensor Input, Tensor Time, Func<Tensor, (Tensor, Tensor)> Loss) : IPixelDraw
{
    public (Tensor Loss, Tensor Items) Losses(Tensor output) => Loss(output);
}
