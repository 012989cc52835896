using Darkroom.Diffusion;
using Darkroom.Schedules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Darkroom.Lecture.Plane;

/// <summary>A small denoiser of points, trained in seconds with L_simple: eps hat(x_t, t) of three hidden layers.</summary>
/// <remarks>Ho et al. 2020, arXiv:2006.11239, algorithm 1.</remarks>
internal sealed class PlaneNetwork : nn.Module<Tensor, Tensor, Tensor>, IDenoiser
{
    private const int Hidden = 96;
    private const int Frequencies = 8;
    private const int PlaceFrequencies = 3;

    private readonly Linear _first = nn.Linear(2 + 4 * PlaceFrequencies + 2 * Frequencies, Hidden);
    private readonly Linear _second = nn.Linear(Hidden, Hidden);
    private readonly Linear _third = nn.Linear(Hidden, Hidden);
    private readonly Linear _last = nn.Linear(Hidden, 2);
    private readonly int _steps;

    private PlaneNetwork(int steps, Generator generator) : base(nameof(PlaneNetwork))
    {
        _steps = steps;
        RegisterComponents();
        using var guard = no_grad();
        foreach (var (_, weights) in named_parameters())
        {
            double bound = weights.dim() == 2 ? Math.Sqrt(3.0 / weights.shape[1]) : 0;
            weights.uniform_(-bound, bound, generator);
        }
    }

    /// <summary>Trains a network on samples of a data set; the same seed gives the same network on the same machine.</summary>
    /// <param name="data">What to learn.</param>
    /// <param name="schedule">The forward process.</param>
    /// <param name="updates">Steps of Adam, whose rate falls to 0 as a cosine.</param>
    /// <param name="batch">Points in each.</param>
    /// <param name="seed">Of weights and draws.</param>
    public static PlaneNetwork Train(PlaneData data, NoiseSchedule schedule, int updates = 2000, int batch = 256, ulong seed = 1)
    {
        const double Rate = 4e-3;
        using var mode = enable_grad();
        using var generator = new Generator(seed, CPU);
        var network = new PlaneNetwork(schedule.Count, generator);
        var process = new ForwardProcess(schedule);
        using var adam = optim.Adam(network.parameters(), Rate);
        for (int update = 0; update < updates; update++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in adam.ParamGroups) group.LearningRate = Rate * (1 + Math.Cos(Math.PI * update / updates)) / 2;
            var x0 = data.All.Sample(batch, generator).to(ScalarType.Float32);
            var noise = randn(x0.shape, generator: generator);
            var timesteps = randint(schedule.Count, [batch], ScalarType.Int64, generator: generator);
            var loss = (network.forward(process.AddNoise(x0, noise, timesteps), timesteps) - noise).square().mean();
            adam.zero_grad();
            loss.backward();
            adam.step();
        }
        return network;
    }

    /// <summary>eps hat.</summary>
    /// <param name="x">x_t, [B, 2], float32.</param>
    /// <param name="timesteps">[B].</param>
    public override Tensor forward(Tensor x, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) / _steps * pow(2f, arange(Frequencies, ScalarType.Float32));
        var places = (x.unsqueeze(2) * pow(2f, arange(PlaceFrequencies, ScalarType.Float32))).flatten(1); // so that narrow curves can be told apart
        var h = cat([x, places.sin(), places.cos(), angles.sin(), angles.cos()], 1);
        foreach (var layer in new[] { _first, _second, _third }) h = nn.functional.silu(layer.forward(h));
        return _last.forward(h).MoveToOuterDisposeScope();
    }

    /// <summary>The prediction at a point of the forward process, in any view.</summary>
    public Prediction Predict(Tensor x, NoisePoint at)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var preserving = at.ToVariancePreserving();
        var input = (x * at.ScaleTo(preserving)).to(ScalarType.Float32);
        var epsilon = forward(input, full(x.shape[0], at.Timestep, ScalarType.Float32)).to(x.dtype);
        var prediction = Parameterisation.Predict(PredictionType.Epsilon, epsilon, x, at);
        return prediction with { Denoised = prediction.Denoised.MoveToOuterDisposeScope(), Epsilon = prediction.Epsilon.MoveToOuterDisposeScope() };
    }
}
