using System.Diagnostics;
using Darkroom.Runtime;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Training;

/// <summary>The training loop, the same for every model: batch, loss, gradients, step, average; now and then log, samples, evaluation, checkpoint.</summary>
/// <remarks>
/// Everything that decides the next step is in the checkpoint, and samples are a function of their number, so an interrupted and resumed training equals
/// an uninterrupted one bit for bit (on the same machine with the same number of threads).
/// </remarks>
/// <typeparam name="TSample">One sample of the data set.</typeparam>
public sealed class Trainer<TSample>
{
    private readonly TrainingSettings _settings;
    private readonly ITrainingTask<TSample> _task;
    private readonly ISampleSequence<TSample> _samples;
    private readonly RunFolder _folder;
    private readonly ITrainingObserver? _observer;
    private readonly RunLog _log;

    /// <summary>A training that begins, or goes on from the last checkpoint of its folder.</summary>
    /// <param name="settings">How to train.</param>
    /// <param name="task">What to train; stays the caller's.</param>
    /// <param name="samples">The data.</param>
    /// <param name="folder">Where to write; begun already (<see cref="RunFolder.Begin"/>).</param>
    /// <param name="observer">Whom to tell; may be null.</param>
    public Trainer(
        TrainingSettings settings, ITrainingTask<TSample> task, ISampleSequence<TSample> samples, RunFolder folder, ITrainingObserver? observer = null)
    {
        settings.Validate();
        (_settings, _task, _samples, _folder, _observer) = (settings, task, samples, folder, observer);
        _log = new RunLog(folder.Log, "loss", "learning_rate", "gradient_norm", "samples_per_second", "data_wait", "elapsed_seconds");
    }

    /// <summary>Trains until the last step or until it is cancelled; both end with a checkpoint and an exported model.</summary>
    /// <param name="cancellation">Ctrl+C.</param>
    /// <returns>How many steps are done.</returns>
    /// <exception cref="DarkroomException">Numerical: a loss or a gradient is not finite (nothing is saved then, so the last checkpoint is good).
    /// OutputFailed: the disk is full. Also what the data set throws.</exception>
    public long Run(CancellationToken cancellation = default)
    {
        ComputeThreads.Use(_settings.Threads);
        if (_settings.Precision == Precision.BFloat16 && !CpuFeatures.Detect().HasFastBf16) _observer?.Warned(SlowPrecision);
        using var weights = new TrainedWeights(_task.Weights);
        using var optimiser = new Adam(_settings.Optimiser, weights.Masters, weights.Names);
        using var average = _settings.Ema is null ? null : new ExponentialMovingAverage(_settings.Ema, weights.Masters);
        var random = new TorchGenerator(_settings.Seed);
        TrainingPlace place = default;
        _folder.Prune(_settings.KeepCheckpoints);
        if (_folder.LastCheckpoint is { } last)
        {
            using var scope = NewDisposeScope();
            (place, random, var remembered) = TrainingCheckpoint.Load(last, weights, optimiser, average, _task.SaveState());
            _task.LoadState(remembered);
        }
        _log.Rewind(place.Step);
        Evaluations().Rewind(place.Step);

        var state = new State(weights, optimiser, average, random) { Step = place.Step, Elapsed = place.Elapsed };
        using var loader = new PrefetchingLoader<TSample>(_samples, _settings.BatchSize, place.Position, _settings.DataWorkers);
        using var held = loader.Hold();
        var meter = new Meter(loader);
        while (state.Step < _settings.Steps && !cancellation.IsCancellationRequested)
        {
            meter.Resume();
            TakeStep(state, loader, meter);
            meter.Pause();
            if (IsDue(_settings.LogEvery, state)) Report(state, meter);
            if (IsDue(_settings.EvaluateEvery, state) || IsDue(_settings.SampleEvery, state)) Look(state);
            if (state.Step % _settings.SaveEvery == 0 && state.Step < _settings.Steps) Save(state, loader, meter);
        }
        if (state.Step != place.Step) Save(state, loader, meter);
        using (Averaged(state)) _task.Export(_folder.Model, weights.ByName());
        return state.Step;
    }

    private static Problem SlowPrecision { get; } = new(
        "This processor has no bfloat16 products: they are emulated, tens of times slower than float32.", "training.precision", "Set it to auto or f32.");

    private void TakeStep(State state, PrefetchingLoader<TSample> loader, Meter meter)
    {
        using var scope = NewDisposeScope();
        double loss = 0;
        for (int pass = 0; pass < _settings.Accumulation; pass++) loss += ForwardAndBackward(state, loader);
        var gradients = state.Weights.Gradients();
        double norm = GradientNorm.Of(gradients);
        if (!double.IsFinite(norm)) throw NonFiniteGradient(state, gradients);
        if (_settings.GradientClipNorm is { } limit) GradientNorm.Clip(gradients, norm, limit);
        state.LearningRate = LearningRate.At(_settings, state.Step);
        state.Optimiser.Step(state.Weights.Masters, gradients, state.LearningRate);
        state.Weights.ClearGradients();
        state.Weights.Publish();
        state.Average?.Update(state.Weights.Masters);
        state.Step++;
        meter.Add(loss, norm, _settings.BatchSize * _settings.Accumulation);
    }

    private double ForwardAndBackward(State state, PrefetchingLoader<TSample> loader)
    {
        var batch = loader.Next();
        using var scope = NewDisposeScope();
        byte[] before = state.Random.SaveState();
        var loss = _task.Loss(batch, state.Random) / _settings.Accumulation;
        double value = loss.item<float>();
        if (!double.IsFinite(value)) throw NonFiniteLoss(state, batch, before);
        loader.LoadDuring(() => loss.backward());
        return value;
    }

    private bool IsDue(long every, State state) => every > 0 && (state.Step % every == 0 || state.Step == _settings.Steps);

    private void Report(State state, Meter meter)
    {
        var (loss, norm, speed, wait, elapsed) = meter.Read();
        state.Elapsed += elapsed;
        _log.Append(state.Step, loss, state.LearningRate, norm, speed, wait, state.Elapsed.TotalSeconds);
        long samplesLeft = (_settings.Steps - state.Step) * _settings.BatchSize * _settings.Accumulation;
        _observer?.Progressed(new TrainingProgress(
            state.Step, _settings.Steps, loss, state.LearningRate, norm, speed, wait, TimeSpan.FromSeconds(speed > 0 ? samplesLeft / speed : 0)));
    }

    /// <summary>Evaluates and draws samples with the averaged weights.</summary>
    private void Look(State state)
    {
        using var averaged = Averaged(state);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        if (IsDue(_settings.SampleEvery, state) && _task.DrawSamples() is { } sheet) _folder.SaveSamples(sheet, state.Step);
        if (!IsDue(_settings.EvaluateEvery, state)) return;
        var measures = _task.Evaluate();
        if (measures.Count == 0) return;
        Evaluations([.. measures.Keys]).Append(state.Step, [.. measures.Values]);
        _observer?.Evaluated(state.Step, measures);
    }

    private void Save(State state, PrefetchingLoader<TSample> loader, Meter meter)
    {
        state.Elapsed += meter.TakeUnreported();
        string path = _folder.CheckpointAt(state.Step);
        using var scope = NewDisposeScope();
        TrainingCheckpoint.Save(path, new TrainingPlace(state.Step, loader.Position, state.Elapsed), state.Weights, state.Optimiser, state.Average, state.Random,
            _task.SaveState());
        _folder.Prune(_settings.KeepCheckpoints);
        LossCurve.Write(_folder.LossCurve, _log.Read("loss"), "training loss");
        _observer?.Saved(state.Step, path);
    }

    private static IDisposable? Averaged(State state) => state.Average is null ? null : state.Weights.Exchange(state.Average.Averages);

    private RunLog Evaluations(params string[] names) => new(_folder.Evaluations, names);

    private DarkroomException NonFiniteLoss(State state, TSample[] batch, byte[] randomBefore)
    {
        string? layer = NonFiniteSearch.FirstLayer(_task.Networks, () => _task.Loss(batch, TorchGenerator.FromState(randomBefore)));
        return new DarkroomException(ErrorKind.Numerical,
            $"The loss of step {state.Step + 1} is not finite; the first layer whose result isn't finite is {layer ?? "none: the data or the objective is to blame"}.",
            _folder.Root, Remedy);
    }

    private DarkroomException NonFiniteGradient(State state, Tensor?[] gradients)
    {
        // Gradients flow from the end of the network to its beginning, so the last weight named is the nearest to where it went wrong.
        var names = state.Weights.Names.Where((_, i) => gradients[i] is { } g && !NonFiniteSearch.IsFinite(g)).ToList();
        return new DarkroomException(ErrorKind.Numerical,
            $"In step {state.Step + 1} the gradients of {names.Count} weights are not finite, from {names.FirstOrDefault() ?? "their sum"} to {names.LastOrDefault() ?? "no single one"}.",
            _folder.Root, Remedy);
    }

    private const string Remedy = "Go on from the last checkpoint with a lower learning rate, with gradient clipping, or in f32.";

    private sealed class State(TrainedWeights weights, Adam optimiser, ExponentialMovingAverage? average, TorchGenerator random)
    {
        public TrainedWeights Weights { get; } = weights;

        public Adam Optimiser { get; } = optimiser;

        public ExponentialMovingAverage? Average { get; } = average;

        public TorchGenerator Random { get; } = random;

        public long Step { get; set; }

        public double LearningRate { get; set; }

        public TimeSpan Elapsed { get; set; }
    }

    /// <summary>Mean loss and speed since the last report, training time only.</summary>
    private sealed class Meter(PrefetchingLoader<TSample> loader)
    {
        private readonly Stopwatch _watch = new();
        private double _loss;
        private double _norm;
        private long _steps;
        private long _samples;
        private TimeSpan _waited;
        private TimeSpan _counted;

        public void Resume() => _watch.Start();

        public void Pause() => _watch.Stop();

        public void Add(double loss, double norm, long samples)
        {
            _loss += loss;
            _norm = norm;
            _steps++;
            _samples += samples;
        }

        public (double Loss, double Norm, double Speed, double Wait, TimeSpan Elapsed) Read()
        {
            double seconds = Math.Max(1e-9, _watch.Elapsed.TotalSeconds);
            var report = (_loss / _steps, _norm, _samples / seconds, (loader.Waited - _waited).TotalSeconds / seconds, TakeUnreported());
            (_loss, _steps, _samples, _waited, _counted) = (0, 0, 0, loader.Waited, TimeSpan.Zero);
            _watch.Reset();
            return report;
        }

        /// <summary>Training time that was not taken yet.</summary>
        public TimeSpan TakeUnreported()
        {
            var time = _watch.Elapsed - _counted;
            _counted = _watch.Elapsed;
            return time;
        }
    }
}
