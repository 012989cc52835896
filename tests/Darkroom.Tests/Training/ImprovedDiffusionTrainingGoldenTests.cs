using System.Text.Json;
using Darkroom.Checkpoints.Layouts;
using Darkroom.Checkpoints.OpenAi;
using Darkroom.Diffusion;
using Darkroom.Networks.Unet;
using Darkroom.Runtime;
using Darkroom.Schedules;
using Darkroom.Tests.Checkpoints.OpenAi;
using Darkroom.Tests.Cli;
using Darkroom.Tests.Golden;
using Darkroom.Training;
using Darkroom.Training.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Tests.Training;

[Trait("Category", "Golden")]
public class ImprovedDiffusionTrainingGoldenTests
{
    // Property: twelve steps of improved-diffusion's TrainLoop with L_hybrid, with uniform timesteps and with importance sampling: weights of the losses,
    // losses, gradient norms, learning rates, final weights and averages.
    [Fact]
    public void Trainings_follow_the_reference()
    {
        if (!GoldenData.Exists("openai/training.json")) return;
        var json = GoldenData.Json("openai/training.json");
        var cases = json.GetProperty("cases").EnumerateArray().ToList();
        foreach (var testCase in cases)
        {
            using var scope = NewDisposeScope();
            foreach (string average in testCase.GetProperty("files").EnumerateObject().Select(f => f.Name).Where(n => n.StartsWith("ema_", StringComparison.Ordinal)).ToList())
                new Run(json, testCase, average).Verify();
        }
        GoldenReport.Add("openai/training", cases.Count, cases.Count);
    }

    /// <summary>One recorded training, run once for each of its averages, because a training keeps one.</summary>
    private sealed class Run(JsonElement json, JsonElement testCase, string average)
    {
        private readonly JsonElement _params = testCase.GetProperty("params");
        private readonly GoldenTensors _tensors = GoldenData.Tensors($"openai/{testCase.GetProperty("files").GetProperty("tensors")[0].GetString()}");
        private readonly OpenAiUnetConfig _config = OpenAiUnetConfig.FromJson(json.GetProperty("network").GetProperty("config"));

        private double Tolerance(string name) => testCase.GetProperty("values").GetProperty("tolerance").GetProperty(name).GetDouble();

        public void Verify()
        {
            string name = testCase.GetProperty("case").GetString()!;
            using var network = GoldenWeights.Open(json.GetProperty("network").GetProperty("initial_files"), weights => OpenAiNetworks.LoadUnet(weights, _config));
            using var folder = new TemporaryFolder();
            network.train();
            var (steps, batch) = ((int)_tensors.Shape("t")[0], (int)_tensors.Shape("t")[1]);
            int micro = _params.GetProperty("microbatch").GetInt32() is > 0 and var given ? given : batch;
            Assert.Equal(0, batch % micro);
            var task = new Task(network, Objective(), batch / micro);
            var recorder = new Recorder();
            new Trainer<CaptionedPixels>(Settings(steps, micro, batch / micro), task, new RecordedBatches<CaptionedPixels>(i => Pixels(i, batch), steps * batch),
                new RunFolder(folder.Path), recorder).Run();

            double[] norms = _tensors.Doubles("grad_norm"), rates = _tensors.Doubles("lr");
            Assert.Equal(steps, recorder.Reports.Count);
            for (int step = 0; step < steps; step++)
            {
                Assert.Equal(rates[step], recorder.Reports[step].LearningRate, 1e-12);
                AssertRelative(recorder.Reports[step].GradientNorm, norms[step], 10 * Tolerance("grad_norm"), $"{name}: gradient norm of step {step}");
            }
            using var losses = tensor(task.Items.ToArray()).reshape(steps, batch);
            GoldenWeights.AssertClose(losses, _tensors["loss"], Tolerance("loss"), $"{name}: losses");
            Compare(folder.Path, name);
        }

        private void Compare(string run, string name)
        {
            using var scope = NewDisposeScope();
            var saved = new GoldenTensors(new RunFolder(run).LastCheckpoint!);
            var keys = OpenAiKeys.Map(_config);
            var files = testCase.GetProperty("files");
            var zero = testCase.GetProperty("values").GetProperty("zero_gradient_parameters").EnumerateArray().Select(v => v.GetString()!).ToHashSet(StringComparer.Ordinal);
            Tensor Whole(Func<string, Tensor> read, IEnumerable<DerivedTensor> weights) => cat([.. weights.Select(w => read(w.Info.Name).to(ScalarType.Float64).flatten())]);
            (Tensor All, Tensor Moved) Reference(JsonElement state) => GoldenWeights.Open(state, source =>
            {
                var derived = keys.ToDiffusers(source, "").ToList();
                var ours = new DerivedTensors(source, derived);
                return (Whole(ours.Read, derived), Whole(ours.Read, derived.Where(d => !zero.Contains(d.From[0]))));
            });
            (Tensor All, Tensor Moved) Ours(string prefix) => GoldenWeights.Open(json.GetProperty("network").GetProperty("initial_files"), source =>
            {
                var derived = keys.ToDiffusers(source, "").ToList();
                return (Whole(n => saved[prefix + n], derived), Whole(n => saved[prefix + n], derived.Where(d => !zero.Contains(d.From[0]))));
            });

            var initial = Reference(json.GetProperty("network").GetProperty("initial_files"));
            var (final, moved) = Ours("weights.unet.");
            var expected = Reference(files.GetProperty("final"));
            GoldenWeights.AssertClose(final, expected.All, Tolerance("final_and_ema_all"), $"{name}: final weights");
            GoldenWeights.AssertClose(moved - initial.Moved, expected.Moved - initial.Moved, Tolerance("change_without_zero_gradient"), $"{name}: change of the weights");
            var (mean, movedMean) = Ours("average.unet.");
            var expectedMean = Reference(files.GetProperty(average));
            GoldenWeights.AssertClose(mean, expectedMean.All, Tolerance("final_and_ema_all"), $"{name}: {average}");
            // An average that moves by little is compared by its change: float32 rounding alone makes 0.1 of it, no average at all 1.
            GoldenWeights.AssertClose(movedMean - initial.Moved, expectedMean.Moved - initial.Moved, 0.2, $"{name}: change of {average}");
        }

        private TrainingSettings Settings(int steps, int micro, int accumulation)
        {
            double rate = _params.GetProperty("lr").GetDouble();
            int anneal = _params.GetProperty("lr_anneal_steps").GetInt32();
            // Annealing runs to a step that may lie beyond the recorded ones.
            return new TrainingSettings
            {
                Steps = steps,
                BatchSize = micro,
                Accumulation = accumulation,
                Optimiser = new OptimiserSettings { LearningRate = rate, WeightDecay = _params.GetProperty("weight_decay").GetDouble() },
                Schedule = anneal > 0 ? new ScheduleSettings { Shape = LearningRateShape.Linear, FinalShare = Math.Max(0, 1 - (double)steps / anneal) } : new ScheduleSettings(),
                Ema = new EmaSettings { Form = EmaForm.Constant, Decay = double.Parse(average["ema_".Length..], System.Globalization.CultureInfo.InvariantCulture) },
                Threads = 1,
                LogEvery = 1,
                SampleEvery = 0,
                EvaluateEvery = 0,
            };
        }

        private RecordedObjective Objective()
        {
            const int trainingSteps = 1000;
            string respacing = _params.GetProperty("respacing").GetString() is { Length: > 0 } given ? given : "1000";
            string schedule = _params.GetProperty("schedule").GetString()!;
            var respaced = Respacing.Keep(BetaSchedules.Create(schedule == "linear" ? "linear_rescaled" : schedule, trainingSteps), Respacing.Parse(respacing, trainingSteps));
            var process = new ReverseProcess(new ForwardProcess(respaced.Schedule), PredictionType.Epsilon, VarianceType.LearnedRange);
            ITimestepSampler sampler = _params.GetProperty("sampler").GetString() == "uniform"
                ? new UniformTimesteps(respaced.Schedule.Count) : new LossSecondMomentTimesteps(respaced.Schedule.Count);
            return new RecordedObjective(_tensors, new TrainingObjective { Process = process, Kind = ObjectiveKind.Hybrid }, sampler, respaced.Timesteps);
        }

        private CaptionedPixels Pixels(int number, int batch)
        {
            using var scope = NewDisposeScope();
            var pixels = _tensors["batches"][number / batch][number % batch];
            return new CaptionedPixels([.. pixels.contiguous().data<float>()], (int)pixels.shape[1], (int)pixels.shape[2], "");
        }

        private static void AssertRelative(double actual, double expected, double tolerance, string what) =>
            Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"{what}: {actual:g8}, reference {expected:g8}");
    }

    /// <summary>The hybrid objective with recorded noise and timesteps; the weights are those that our own distribution of timesteps gives them.</summary>
    private sealed class RecordedObjective(GoldenTensors tensors, TrainingObjective objective, ITimestepSampler sampler, IReadOnlyList<int> map)
    {
        private int _row;

        public List<float> Items { get; } = [];

        public Tensor Loss(UNet network, Tensor x0)
        {
            int batch = (int)tensors.Shape("t")[1], size = (int)x0.shape[0], first = _row;
            _row += size;
            Tensor Rows(string name) => tensors[name].flatten(0, 1).narrow(0, first, size);
            Tensor t = Rows("t"), noise = Rows("noise");
            long[] steps = [.. t.data<long>()];
            double[] probabilities = sampler.Probabilities();
            if (tensors.Has("sampler_probabilities") && first % batch == 0)
                GoldenWeights.AssertClose(tensor(probabilities), tensors["sampler_probabilities"][first / batch], 1e-5, $"probabilities of step {first / batch}");
            float[] weights = [.. steps.Select(s => (float)(1 / (probabilities.Length * probabilities[s])))];
            GoldenWeights.AssertClose(tensor(weights), Rows("weights"), 1e-5, $"weights of step {first / batch}");

            var xt = objective.Process.Forward.AddNoise(x0, noise, t);
            var losses = objective.Losses(network.Predict(xt, tensor(steps.Select(s => (long)map[(int)s]).ToArray())), x0, noise, xt, t);
            float[] items = [.. losses.Loss.detach().contiguous().data<float>()];
            Items.AddRange(items);
            sampler.Update(steps, [.. items.Select(i => (double)i)]);
            return (losses.Loss * tensor(weights)).mean();
        }
    }

    /// <summary>The reference adds the gradients of microbatches where our loop averages them.</summary>
    private sealed class Task(UNet network, RecordedObjective objective, int microbatches) : ITrainingTask<CaptionedPixels>
    {
        public IReadOnlyList<float> Items => objective.Items;

        public IEnumerable<(string Name, Parameter Parameter)> Weights => network.named_parameters().Select(p => ("unet." + p.name, p.parameter));

        public IEnumerable<(string Name, nn.Module Network)> Networks => [("unet", network)];

        public Tensor Loss(IReadOnlyList<CaptionedPixels> batch, TorchGenerator random)
        {
            using var scope = NewDisposeScope();
            return (objective.Loss(network, PixelTensors.Stack(batch)) * microbatches).MoveToOuterDisposeScope();
        }

        public IReadOnlyDictionary<string, double> Evaluate() => new Dictionary<string, double>();

        public Darkroom.Imaging.Picture? DrawSamples() => null;

        public void Export(string folder, IReadOnlyDictionary<string, Tensor> weights)
        {
        }
    }
}
