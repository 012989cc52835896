using static TorchSharp.torch;

namespace Darkroom.Diffusion;

/// <summary>
/// Dormand and Prince's Runge-Kutta pair of orders 5 and 4 with steps chosen by the difference of the two: dy/dt = function(t, y).
/// </summary>
/// <remarks>
/// Dormand and Prince 1980; first step and control of Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, sec. II.4, with the constants of scipy's
/// RK45, whose steps it repeats. The error is the root mean square over the whole of y, in units of atol + rtol max(|y|, |y'|); reading it takes one number back from
/// the device per step. The last slope of a step is the first of the next.
/// </remarks>
internal sealed class DormandPrince : IDisposable
{
    private const double Safety = 0.9, SmallestFactor = 0.2, LargestFactor = 10, Exponent = -1.0 / 5;

    private static readonly double[] Nodes = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1];

    private static readonly double[][] Stages =
    [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
    ];

    private static readonly double[] Solution = [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84];
    private static readonly double[] Difference = [-71.0 / 57600, 0, 71.0 / 16695, -71.0 / 1920, 17253.0 / 339200, -22.0 / 525, 1.0 / 40];

    private readonly Func<double, Tensor, Tensor> _function;
    private readonly double _end;
    private readonly double _relative;
    private readonly double _absolute;
    private readonly int _maximum;
    private readonly double _direction;
    private Tensor _slope;
    private double _length;

    /// <summary>A problem at its start, where the function is evaluated twice to choose the first step.</summary>
    /// <param name="function">(t, y) -> dy/dt, float64 as y.</param>
    /// <param name="start">t of <paramref name="y"/>.</param>
    /// <param name="y">The state; float64, not disposed.</param>
    /// <param name="end">The last t; before or after the start.</param>
    /// <param name="relative">rtol.</param>
    /// <param name="absolute">atol.</param>
    /// <param name="maximumEvaluations">After these it gives up.</param>
    public DormandPrince(Func<double, Tensor, Tensor> function, double start, Tensor y, double end, double relative, double absolute, int maximumEvaluations)
    {
        (_function, Time, _end, _relative, _absolute, _maximum) = (function, start, end, relative, absolute, maximumEvaluations);
        _direction = Math.Sign(end - start);
        State = Hold(y);
        using var scope = NewDisposeScope();
        _slope = Hold(Evaluate(start, y));
        _length = FirstStep();
    }

    /// <summary>t, where the state is.</summary>
    public double Time { get; private set; }

    /// <summary>y, borrowed until the next step.</summary>
    public Tensor State { get; private set; }

    /// <summary>How often the function has been evaluated.</summary>
    public int Evaluations { get; private set; }

    /// <summary>Goes one step on; false at the end, where nothing is done.</summary>
    /// <exception cref="DarkroomException">The tolerance cannot be met, or the function is not finite.</exception>
    public bool Step()
    {
        if (_direction == 0 || _direction * (Time - _end) >= 0) return false;
        double smallest = 10 * Math.Abs((_direction > 0 ? Math.BitIncrement(Time) : Math.BitDecrement(Time)) - Time);
        double length = Math.Max(_length, smallest);
        bool rejected = false;
        while (true)
        {
            using var scope = NewDisposeScope();
            if (length < smallest || Evaluations > _maximum) throw Failure("the tolerance is not met" + (length < smallest ? "" : $" within {_maximum} evaluations"));
            double next = Time + length * _direction;
            if (_direction * (next - _end) > 0) next = _end;
            double h = next - Time;
            var (y, slope, difference) = Try(next, h);
            var scale = State.abs().maximum(y.abs()).mul_(_relative).add_(_absolute);
            double error = Size(difference.div_(scale));
            if (!double.IsFinite(error)) throw Failure("its right side is not a finite number");
            double factor = error == 0 ? LargestFactor : Safety * Math.Pow(error, Exponent);
            if (error < 1)
            {
                _length = Math.Abs(h) * Math.Min(rejected ? 1 : LargestFactor, factor);
                Accept(next, y, slope);
                return true;
            }
            length = Math.Abs(h) * Math.Max(SmallestFactor, factor);
            rejected = true;
        }
    }

    /// <summary>Goes on from another state at the present time.</summary>
    public void Replace(Tensor y)
    {
        using var scope = NewDisposeScope();
        Accept(Time, y, Evaluate(Time, y));
    }

    public void Dispose()
    {
        State.Dispose();
        _slope.Dispose();
    }

    private (Tensor Y, Tensor Slope, Tensor Difference) Try(double next, double h)
    {
        var slopes = new List<Tensor> { _slope };
        for (int stage = 1; stage < Nodes.Length; stage++)
            slopes.Add(Evaluate(Time + Nodes[stage] * h, Sum(State, slopes, Stages[stage], h)));
        var y = Sum(State, slopes, Solution, h);
        slopes.Add(Evaluate(next, y));
        return (y, slopes[^1], Sum(State.new_zeros(State.shape), slopes, Difference, h));
    }

    private double FirstStep()
    {
        double span = Math.Abs(_end - Time);
        if (span == 0) return 0;
        var scale = State.abs().mul_(_relative).add_(_absolute);
        double d0 = Size(State / scale), d1 = Size(_slope / scale);
        double h0 = Math.Min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1, span);
        var ahead = Evaluate(Time + h0 * _direction, State + h0 * _direction * _slope);
        double d2 = Size((ahead - _slope) / scale) / h0;
        double h1 = d1 <= 1e-15 && d2 <= 1e-15 ? Math.Max(1e-6, h0 * 1e-3) : Math.Pow(0.01 / Math.Max(d1, d2), -Exponent);
        return Math.Min(Math.Min(100 * h0, h1), span);
    }

    private Tensor Evaluate(double t, Tensor y)
    {
        Evaluations++;
        return _function(t, y);
    }

    private void Accept(double t, Tensor y, Tensor slope)
    {
        var (held, heldSlope) = (Hold(y), Hold(slope));
        Dispose();
        (Time, State, _slope) = (t, held, heldSlope);
    }

    // y + h sum_i w_i k_i
    private static Tensor Sum(Tensor y, List<Tensor> slopes, double[] weights, double h)
    {
        var sum = slopes[0].mul(weights[0]);
        for (int i = 1; i < weights.Length; i++)
            if (weights[i] != 0) sum.add_(slopes[i], alpha: weights[i]);
        return sum.mul_(h).add_(y);
    }

    // The root mean square.
    private static double Size(Tensor x) => x.norm().item<double>() / Math.Sqrt(x.numel());

    private static Tensor Hold(Tensor x) => x.alias().DetachFromDisposeScope();

    private static DarkroomException Failure(string why) => new(ErrorKind.Numerical, $"The differential equation cannot be solved: {why}.", "rk45",
        "Use larger tolerances, or a sampler with a fixed number of steps.");
}
