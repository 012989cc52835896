using static TorchSharp.torch;

namespace Darkroom.Samplers;

/// <summary>
/// Pseudo linear multistep (PLMS): Adams-Bashforth on eps hat, with the transfer of DDIM as its step.
/// </summary>
/// <remarks>
/// Liu et al. 2022, arXiv:2202.09778, eqs. 11 to 13. The start is pseudo improved Euler (two evaluations, CompVis and
/// Stable Diffusion: skip_prk_steps), pseudo Runge-Kutta (PRK, four evaluations for each of the first three steps), or
/// none (IPNDM). AB2 (3, -1)/2, AB3 (23, -16, 5)/12, AB4 (55, -59, 37, -9)/24. It has no stochastic form.
/// </remarks>
public sealed class PndmSampler : StepwiseSampler
{
    /// <summary>How the first steps are made, before there are four predictions.</summary>
    public PndmStart Start { get; init; } = PndmStart.ImprovedEuler;

    /// <summary>
    /// Combines v = alpha eps - sigma x_0 in place of eps, and turns the combination into eps at the current x: what
    /// diffusers' PNDM does for v-prediction networks. Default false.
    /// </summary>
    public bool CombineVelocities { get; init; }

    /// <summary>Whether a step to sigma = 0 goes straight to x_0 hat, as ComfyUI's iPNDM does. Default false.</summary>
    internal bool EulerToZero { get; init; }

    /// <summary>Whether noise is drawn at each evaluation, though never used, as CompVis does. Default false.</summary>
    public bool AlwaysDraw { get; init; }

    private protected override bool EndsStep(SamplingPlan plan, int index)
    {
        int evaluation = index - plan.Start;
        bool inner = (Start == PndmStart.ImprovedEuler && evaluation == 0)
            || (Start == PndmStart.RungeKutta && evaluation < RungeKuttaEvaluations && evaluation % 4 != 3);
        return !inner || index == plan.Points.Count - 2;
    }

    private protected override Tensor Step(in SamplerStep step)
    {
        if (AlwaysDraw) _ = step.Noise.Next(step.X);
        int evaluation = step.Index - step.Plan.Start;
        return Start switch
        {
            PndmStart.RungeKutta when evaluation < RungeKuttaEvaluations => RungeKutta(step, evaluation),
            PndmStart.ImprovedEuler when evaluation == 1 => ImprovedEuler(step),
            _ => Multistep(step, evaluation),
        };
    }

    private const int RungeKuttaEvaluations = 12;

    private Tensor Multistep(in SamplerStep step, int evaluation)
    {
        step.Memory.Push(step.At, Output(step), 4);
        if (evaluation == 0) step.Memory.Set("x", step.X);
        if (EulerToZero && step.To.Sigma == 0) return FirstOrderStep.Of(step.Prediction, step.To);
        return Move(step, step.X, AdamsBashforth(step.Memory));
    }

    // The first step again from where it began, with the mean of eps at both its ends.
    private Tensor ImprovedEuler(in SamplerStep step) =>
        Move(step, step.Memory.Get("x"), WeightedSum.Of((0.5, Output(step)), (0.5, step.Memory[0].Value)));

    // Stages at the start, twice the middle and the end of the step, weights (1, 2, 2, 1)/6.
    private Tensor RungeKutta(in SamplerStep step, int evaluation)
    {
        var output = Output(step);
        int stage = evaluation % 4;
        if (stage == 0)
        {
            step.Memory.Push(step.At, output, 4);
            step.Memory.Set("x", step.X);
            step.Memory.Set("sum", output.mul(1.0 / 6));
        }
        else if (stage < 3)
        {
            step.Memory.Set("sum", WeightedSum.Of((1, step.Memory.Get("sum")), (1.0 / 3, output)));
        }
        else
        {
            output = WeightedSum.Of((1, step.Memory.Get("sum")), (1.0 / 6, output));
        }
        return Move(step, step.Memory.Get("x"), output);
    }

    private static Tensor AdamsBashforth(SamplerMemory e) => e.Count switch
    {
        1 => e[0].Value,
        2 => WeightedSum.Of((3.0 / 2, e[0].Value), (-1.0 / 2, e[1].Value)),
        3 => WeightedSum.Of((23.0 / 12, e[0].Value), (-16.0 / 12, e[1].Value), (5.0 / 12, e[2].Value)),
        _ => WeightedSum.Of((55.0 / 24, e[0].Value), (-59.0 / 24, e[1].Value), (37.0 / 24, e[2].Value), (-9.0 / 24, e[3].Value)),
    };

    private Tensor Output(in SamplerStep step) => CombineVelocities
        ? WeightedSum.Of((step.At.Alpha, step.Prediction.Epsilon), (-step.At.Sigma, step.Prediction.Denoised))
        : step.Prediction.Epsilon;

    private Tensor Move(in SamplerStep step, Tensor x, Tensor output)
    {
        var epsilon = CombineVelocities ? WeightedSum.Of((step.From.Alpha, output), (step.From.Sigma, x)) : output;
        // Where x is noise alone it says nothing of x_0, for which the reference takes 0.
        if (step.From.Alpha == 0) return epsilon.mul(step.To.Sigma);
        return FirstOrderStep.Along(epsilon, x, step.From, step.To);
    }
}

/// <summary>How <see cref="PndmSampler"/> makes its first steps.</summary>
public enum PndmStart
{
    /// <summary>
    /// Two evaluations for the first step, then Adams-Bashforth of rising order (skip_prk_steps; CompVis' PLMS).
    /// </summary>
    ImprovedEuler,

    /// <summary>Pseudo Runge-Kutta: four evaluations for each of the first three steps.</summary>
    RungeKutta,

    /// <summary>Adams-Bashforth of rising order from the first step (improved PNDM).</summary>
    None,
}
