using Darkroom.Diffusion;
using Darkroom.Samplers;
using static TorchSharp.torch;

namespace Darkroom.Pipelines;

/// <summary>
/// Where a picture begins: x on the plan's first point, and, for inpainting, what the network gets besides x and what is put back after every evaluation.
/// </summary>
/// <remarks>Numbers are drawn in diffusers' order: posterior sample of the picture, noise, posterior sample of the masked picture.</remarks>
internal sealed class StartState
{
    private Tensor? _known;
    private Tensor? _latentMask;
    private Tensor? _noise;

    private StartState(Tensor x, SamplingPlan plan)
    {
        X = x;
        Plan = plan;
    }

    /// <summary>[1, C, h, w] on Plan.Points[Plan.Start].</summary>
    public Tensor X { get; }

    /// <summary>The plan, entered where X lies.</summary>
    public SamplingPlan Plan { get; }

    /// <summary>[1, 1 + C, h, w]: mask and masked picture for a network trained for inpainting; else null.</summary>
    public Tensor? ExtraChannels { get; private set; }

    /// <summary>x = sigma_0 noise: a picture from nothing.</summary>
    public static StartState FromNoise(SamplingPlan plan, INoiseSource noise, Tensor like)
    {
        using var scope = NewDisposeScope();
        return new StartState((noise.Next(like) * plan.InitialNoiseScale).MoveToOuterDisposeScope(), plan);
    }

    /// <summary>x = alpha z + sigma noise at the point where the last strength * steps steps begin.</summary>
    /// <param name="pixels">[1, 3, H, W] in [-1, 1].</param>
    /// <param name="strength">Part of the steps that is run.</param>
    /// <param name="steps">How many steps the plan has.</param>
    /// <param name="plan">The whole plan.</param>
    /// <param name="noise">Where the posterior sample is drawn.</param>
    /// <param name="starting">Where the added noise is drawn: noise itself, or a variation of it.</param>
    /// <param name="encoder">Pictures to latents, drawing from noise.</param>
    public static StartState FromPicture(
        Tensor pixels, double strength, int steps, SamplingPlan plan, INoiseSource noise, INoiseSource starting, Func<Tensor, INoiseSource, Tensor> encoder)
    {
        using var scope = NewDisposeScope();
        var entered = Enter(plan, strength, steps);
        var z = encoder(pixels, noise);
        return new StartState(AddNoise(z, starting.Next(z), entered.Points[entered.Start]).MoveToOuterDisposeScope(), entered);
    }

    /// <summary>
    /// Inpainting. A network with inputs for it gets mask and masked picture as channels; any other has the known part put back, with the noise of
    /// each point, after every evaluation.
    /// </summary>
    /// <param name="pixels">[1, 3, H, W] in [-1, 1].</param>
    /// <param name="mask">[1, 1, H, W], 1 where the picture is made anew.</param>
    /// <param name="strength">Part of the steps that is run; at 1 it starts from pure noise.</param>
    /// <param name="steps">How many steps the plan has.</param>
    /// <param name="plan">The whole plan.</param>
    /// <param name="noise">Where posterior samples are drawn.</param>
    /// <param name="starting">Where the added noise is drawn: noise itself, or a variation of it.</param>
    /// <param name="like">A tensor shaped as the latents.</param>
    /// <param name="hasMaskInputs">Whether the network has inputs for the mask.</param>
    /// <param name="encoder">Pictures to latents, drawing from noise.</param>
    public static StartState FromMaskedPicture(
        Tensor pixels, Tensor mask, double strength, int steps, SamplingPlan plan, INoiseSource noise, INoiseSource starting, Tensor like,
        bool hasMaskInputs, Func<Tensor, INoiseSource, Tensor> encoder)
    {
        using var scope = NewDisposeScope();
        var entered = Enter(plan, strength, steps);
        bool fromNoise = strength >= 1;
        var z = fromNoise && hasMaskInputs ? null : encoder(pixels, noise);
        var drawn = starting.Next(like);
        var x = fromNoise ? drawn * plan.InitialNoiseScale : AddNoise(z!, drawn, entered.Points[entered.Start]);
        var masked = encoder(pixels * (mask < 0.5), noise);
        var latentMask = nn.functional.interpolate(mask, [like.shape[2], like.shape[3]], mode: InterpolationMode.Nearest);

        var state = new StartState(x.MoveToOuterDisposeScope(), entered);
        if (hasMaskInputs)
        {
            state.ExtraChannels = cat([latentMask, masked], 1).MoveToOuterDisposeScope();
        }
        else
        {
            state._known = z!.MoveToOuterDisposeScope();
            state._latentMask = latentMask.MoveToOuterDisposeScope();
            state._noise = drawn.MoveToOuterDisposeScope();
        }
        return state;
    }

    /// <summary>Puts the known part back into x, noised for where x now lies (clean at the end); null where nothing is to be put back.</summary>
    public Tensor? PutBackKnown(in SamplerState state)
    {
        if (_known is null) return null;
        using var scope = NewDisposeScope();
        bool last = state.Index == state.Count - 1;
        var known = last ? _known : AddNoise(_known, _noise!, state.Next);
        return ((1 - _latentMask!) * known + _latentMask! * state.X).MoveToOuterDisposeScope();
    }

    // min(int(steps * strength), steps) steps are run; a second-order sampler has several evaluations in each.
    private static SamplingPlan Enter(SamplingPlan plan, double strength, int steps)
    {
        int run = Math.Min((int)(steps * strength), steps);
        return plan.From((steps - run) * plan.Order);
    }

    // q(x_t | x_0): x = alpha x_0 + sigma noise.
    private static Tensor AddNoise(Tensor z, Tensor noise, NoisePoint at) => at.Alpha * z + at.Sigma * noise;
}
