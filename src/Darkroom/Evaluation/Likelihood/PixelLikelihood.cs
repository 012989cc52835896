using Darkroom.Diffusion;
using Darkroom.Networks.Unet;
using Darkroom.Pipelines.Pixels;
using Darkroom.Schedules;
using Darkroom.Training.Data;
using static TorchSharp.torch;

namespace Darkroom.Evaluation.Likelihood;

/// <summary>Bits per dimension of pictures under a diffusion model of pixels.</summary>
/// <remarks>
/// The bound: Ho et al. 2020, arXiv:2006.11239, eq. 5; Nichol and Dhariwal 2021, arXiv:2102.09672. The ODE: Song et al. 2021, arXiv:2011.13456, sec. 4.3. A model with classes is
/// asked for its null class, so that the figure is that of the pictures alone.
/// </remarks>
internal sealed class PixelLikelihood
{
    private readonly PixelDiffusion _model;
    private readonly LikelihoodSettings _settings;

    /// <exception cref="DarkroomException">The model or the settings don't go with the method, with every problem.</exception>
    public PixelLikelihood(PixelDiffusion model, LikelihoodSettings settings)
    {
        (_model, _settings) = (model, settings);
        var problems = new List<Problem>();
        int? known = (model.Process as DiscretePixelProcess)?.Schedule.Count;
        if (settings.BatchSize < 1) problems.Add(new($"It is {settings.BatchSize}, but must be at least 1.", "--batch"));
        if (!(settings.Tolerance >= 1e-12 && settings.Tolerance < 1)) problems.Add(new($"It is {settings.Tolerance}, but must lie within 1e-12 and 1.", "--tolerance"));
        if (settings.Method == LikelihoodMethod.Bound && known is null)
            problems.Add(new("This model has no timesteps, so it has no variational bound.", "--method", "Use --method ode."));
        if (settings.Timesteps is { } steps && settings.Method == LikelihoodMethod.Ode)
            problems.Add(new("The ODE chooses its own steps.", "--timesteps", "Leave it out, or use --method bound."));
        else if (settings.Timesteps is { } kept && known is { } count && (kept < 1 || kept > count))
            problems.Add(new($"It is {kept}, but the model knows {count} timesteps.", "--timesteps", $"Take 1 to {count}."));
        if (model.Classes.Count > 0 && !model.HasNullClass)
            problems.Add(new("The model has classes but no null class, so that it says nothing of pictures alone.", "--model", "Train it with a null class (conditionDrop)."));
        if (model.Network.Config.InChannels != 3)
            problems.Add(new($"The network takes {model.Network.Config.InChannels} channels: it makes a large picture of a small one.", "--model", "Name a model that begins with noise alone."));
        if (problems.Count > 0) throw new DarkroomException(ErrorKind.InvalidRequest, problems);
    }

    /// <summary>Measures pictures.</summary>
    /// <param name="pictures">Of the model's size, at least one.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="cancellation">Stops within a batch.</param>
    public LikelihoodReport Run(IReadOnlyList<CaptionedPixels> pictures, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)_settings.Seed, CPU);
        var sums = new Sums();
        foreach (var batch in pictures.Chunk(_settings.BatchSize))
        {
            using var batchScope = NewDisposeScope();
            var x0 = PixelTensors.Stack(batch);
            if (_settings.Method == LikelihoodMethod.Bound) sums.Add(Bound(x0, generator, cancellation));
            else sums.Add(Ode(x0, generator, cancellation));
            progress?.Invoke(sums.Bits.Count);
        }
        return sums.Report(_settings.Method, (_model.Process as DiscretePixelProcess) is { } process && _settings.Method == LikelihoodMethod.Bound ? Kept(process) : []);
    }

    private BitsPerDimension Bound(Tensor x0, Generator generator, CancellationToken cancellation)
    {
        var process = (DiscretePixelProcess)_model.Process;
        var respaced = Respacing.Keep(process.Schedule, Kept(process));
        var reverse = new ReverseProcess(new ForwardProcess(respaced.Schedule), _model.Scheduler.PredictionType, process.Variance);
        var labels = Labels(x0.shape[0]);
        return BitsPerDimension.Evaluate(reverse, (x, t) => Call(x, respaced.Timesteps[t], labels), x0,
            () => randn(x0.shape, ScalarType.Float32, CPU, generator: generator), cancellation: cancellation);
    }

    // Uniform noise within the cell of each 8-bit value makes the pictures continuous: ((x + 1) / 2 * 255 + u) / 256, back in [-1, 1].
    private OdeLikelihood Ode(Tensor x0, Generator generator, CancellationToken cancellation)
    {
        var uniform = rand(x0.shape, ScalarType.Float32, CPU, generator: generator);
        var continuous = ((x0 + 1) * 127.5 + uniform) / 128 - 1;
        Sde sde = _model.Process is DiscretePixelProcess process ? new ScheduleSde(process.Schedule.WithFiniteSigmas())
            : new VarianceExplodingSde(_model.Scheduler.SigmaMin ?? 0.002, _model.Scheduler.SigmaMax ?? 80);
        var denoiser = new PixelDenoiser(_model.Network, _model.Process, new PixelConditioning { Labels = Labels(x0.shape[0]) });
        return OdeLikelihood.Evaluate(sde, denoiser, continuous, OdeLikelihood.Probe(continuous, generator),
            relativeTolerance: _settings.Tolerance, absoluteTolerance: _settings.Tolerance, cancellation: cancellation);
    }

    private IReadOnlyList<int> Kept(DiscretePixelProcess process) => Respacing.Sections(process.Schedule.Count, [_settings.Timesteps ?? process.Schedule.Count]);

    private Tensor? Labels(long count) => _model.HasNullClass ? full([count], _model.Network.Config.NumClassEmbeds!.Value - 1, ScalarType.Int64) : null;

    private Tensor Call(Tensor x, int timestep, Tensor? labels) => _model.Network.Predict(
        x, full([x.shape[0]], timestep, ScalarType.Float32), null, labels is null ? null : new UnetConditioning { ClassLabels = labels }).to(ScalarType.Float32);

    /// <summary>What is gathered over the batches.</summary>
    private sealed class Sums
    {
        private double _prior;
        private int _evaluations;
        private double[] _terms = [];
        private double[] _errors = [];

        public List<double> Bits { get; } = [];

        public void Add(OdeLikelihood likelihood)
        {
            Bits.AddRange(likelihood.BitsPerDimension.to(ScalarType.Float64).data<double>());
            _evaluations = Math.Max(_evaluations, likelihood.Evaluations);
        }

        public void Add(BitsPerDimension bound)
        {
            double[] Sum(Tensor perItem) => [.. perItem.to(ScalarType.Float64).sum([0L]).flip(0).data<double>()]; // columns go from T-1 to 0
            Bits.AddRange(bound.Total.to(ScalarType.Float64).data<double>());
            _prior += bound.Prior.to(ScalarType.Float64).sum().item<double>();
            double[] terms = Sum(bound.Terms), errors = Sum(bound.EpsilonError);
            _terms = _terms.Length == 0 ? terms : [.. _terms.Zip(terms, (a, b) => a + b)];
            _errors = _errors.Length == 0 ? errors : [.. _errors.Zip(errors, (a, b) => a + b)];
            _evaluations = terms.Length;
        }

        public LikelihoodReport Report(LikelihoodMethod method, IReadOnlyList<int> timesteps)
        {
            int n = Bits.Count;
            double mean = Bits.Average(), variance = n > 1 ? Bits.Sum(b => (b - mean) * (b - mean)) / (n - 1) : 0;
            bool bound = method == LikelihoodMethod.Bound;
            return new()
            {
                Method = bound ? "bound" : "ode",
                Pictures = n,
                BitsPerDimension = mean,
                Interval95 = 1.96 * Math.Sqrt(variance / n),
                Evaluations = _evaluations,
                Prior = bound ? _prior / n : null,
                Decoder = bound ? _terms[0] / n : null,
                Timesteps = timesteps,
                Terms = [.. _terms.Select(term => term / n)],
                EpsilonErrors = [.. _errors.Select(error => error / n)],
            };
        }
    }
}
