namespace Darkroom.Samplers;

/// <summary>A method as users of every program know it; names of the dialects refer to it.</summary>
/// <param name="Title">What people call it.</param>
/// <param name="Summary">What it does.</param>
/// <param name="Use">When to take it.</param>
/// <param name="Paper">Where it is published.</param>
/// <param name="Order">Order of convergence of the deterministic part.</param>
/// <param name="Evaluations">Network evaluations per step; 0 where the sampler decides.</param>
/// <param name="Stochastic">Whether fresh noise is added during sampling.</param>
internal sealed record SamplerMethod(
    string Title, string Summary, string Use, string Paper, int Order = 1, int Evaluations = 1, bool Stochastic = false)
{
    private const string Song = "Song et al. 2020, arXiv:2010.02502";
    private const string Karras = "Karras et al. 2022, arXiv:2206.00364";
    private const string Solver = "Lu et al. 2022, arXiv:2206.00927";
    private const string SolverPlusPlus = "Lu et al. 2022, arXiv:2211.01095";
    private const string Pndm = "Liu et al. 2022, arXiv:2202.09778";
    private const string Score = "Song et al. 2021, arXiv:2011.13456";
    private const string KDiffusion = "k-diffusion (Crowson 2022)";

    public static readonly SamplerMethod
        Ddim = new("DDIM", "Deterministic steps of order one with integer timesteps; eta makes it stochastic.",
            "Take it with 30 to 50 steps, where the way back from picture to noise (ddim_inverse) matters, or to repeat pictures of older programs.", Song),
        DdimInverse = new("DDIM inversion", "DDIM run backwards: from a picture to the noise that gives it.",
            "For code that edits pictures; it does not make one from a prompt.", Song),
        Ddpm = new("DDPM", "The original ancestral sampling; needs many steps.",
            "Take it to sample a model just as it was trained, with hundreds of steps.", "Ho et al. 2020, arXiv:2006.11239", Stochastic: true),
        Plms = new("PNDM, PLMS", "Four past predictions combined; Stable Diffusion's first default.",
            "Take it with 50 steps to repeat early pictures of Stable Diffusion; DPM++ 2M needs fewer.", Pndm, Order: 2),
        Ipndm = new("iPNDM", "Four past predictions combined as for equal steps, from the first step on.",
            "k_ipndm is an alternative to LMS; ipndm is for checkpoints whose scheduler configuration names it, with noise levels on a circle.", Pndm, Order: 2),
        Euler = new("Euler", "The simplest solver, and a good one at 20 to 30 steps.",
            "A safe first choice, also for image to image and for models distilled to a few steps (Turbo, Lightning).", Karras),
        EdmEuler = new("Euler (EDM)", "Euler on the noise levels and scalings of EDM.",
            "For checkpoints whose scheduler configuration names it.", Karras),
        EulerAncestral = new("Euler a", "Euler with fresh noise at each step; varied pictures that change with the number of steps.",
            "Take it for variety at 20 to 40 steps; not where more steps are to refine the same picture.", KDiffusion, Stochastic: true),
        Heun = new("Heun", "Two evaluations per step for order two.",
            "Take it for accuracy with time to spare: 15 steps take as long as 30 of Euler.", Karras, Order: 2, Evaluations: 2),
        Lms = new("LMS", "Up to four past slopes, integrated exactly.",
            "Take it to repeat older pictures; DPM++ 2M has taken its place.", KDiffusion, Order: 4),
        Dpm2 = new("DPM2", "Midpoint steps in log sigma, two evaluations each.",
            "Take it to repeat pictures made with it; DPM++ 2M does as well in half the time.", Solver, Order: 2, Evaluations: 2),
        Dpm2Ancestral = new("DPM2 a", "Midpoint steps in log sigma with fresh noise.",
            "As Euler a, with twice the time per step.", Solver, Order: 2, Evaluations: 2, Stochastic: true),
        Dpmpp2m = new("DPM++ 2M", "Multistep DPM-Solver++ of order two; the usual choice at 15 to 25 steps.",
            "The first choice at 20 steps, with Karras noise levels; also for image to image.", SolverPlusPlus, Order: 2),
        Dpmpp2mInverse = new("DPM++ 2M inversion", "DPM++ 2M run backwards: from a picture to the noise that gives it.",
            "For code that edits pictures; it does not make one from a prompt.", SolverPlusPlus, Order: 2),
        EdmDpmpp2m = new("DPM++ 2M (EDM)", "DPM++ 2M on the noise levels and scalings of EDM.",
            "For checkpoints whose scheduler configuration names it.", SolverPlusPlus, Order: 2),
        Dpmpp2mSde = new("DPM++ 2M SDE", "DPM++ 2M with fresh noise.",
            "Take it for texture and detail at 25 to 40 steps, with Karras or exponential noise levels.", SolverPlusPlus, Order: 2, Stochastic: true),
        Dpmpp2mSdeHeun = new("DPM++ 2M SDE Heun", "DPM++ 2M SDE with the other second-order term.",
            "As DPM++ 2M SDE; the pictures differ little.", SolverPlusPlus, Order: 2, Stochastic: true),
        Dpmpp3mSde = new("DPM++ 3M SDE", "Multistep SDE solver of order three; for 30 steps and more.",
            "Take it with exponential noise levels; with fewer than 30 steps DPM++ 2M SDE is the better one.", SolverPlusPlus, Order: 3, Stochastic: true),
        Dpmpp2s = new("DPM++ 2S", "Single-step DPM-Solver++ of order two.",
            "Take it to repeat pictures made with it; steps count evaluations, two of which make one step of order two.", SolverPlusPlus, Order: 2),
        Dpmpp2sAncestral = new("DPM++ 2S a", "Single-step DPM-Solver++ with ancestral noise, two evaluations per step.",
            "As Euler a, with more accurate steps that take twice the time.", SolverPlusPlus, Order: 2, Evaluations: 2, Stochastic: true),
        DpmppSde = new("DPM++ SDE", "Single-step SDE solver with noise at the middle and at the end of each step.",
            "Take it for detail at 10 to 15 steps, each of which takes twice the time.", SolverPlusPlus, Order: 2, Evaluations: 2, Stochastic: true),
        DpmFast = new("DPM fast", "DPM-Solver steps of order three; steps count evaluations.",
            "Take it to repeat pictures made with it. It ends at the smallest noise level, not at 0.", Solver, Order: 3),
        DpmAdaptive = new("DPM adaptive", "DPM-Solver with steps chosen by an error estimate; takes as many evaluations as it needs.",
            "Take it as a reference for what a picture converges to; the number of steps has no effect.", Solver, Order: 3, Evaluations: 0),
        UniPc = new("UniPC", "A predictor of order two, which its corrector makes three, at one evaluation per step; good at 10 steps.",
            "Take it where every evaluation counts: 8 to 15 steps.", "Zhao et al. 2023, arXiv:2302.04867", Order: 3),
        Deis = new("DEIS", "Exponential integrator in log rho.",
            "An alternative to DPM++ 2M and UniPC at 10 to 20 steps.", "Zhang and Chen 2022, arXiv:2204.13902", Order: 2),
        SaSolver = new("SA-Solver", "Stochastic Adams predictor and corrector.",
            "An alternative to DPM++ 2M SDE at 20 steps and more.", "Xue et al. 2023, arXiv:2309.05019", Order: 2, Stochastic: true),
        Lcm = new("LCM", "For latent consistency models: 1 to 8 steps.",
            "Needs a model distilled for it; others give blurred pictures. Guidance 1 to 2.", "Luo et al. 2023, arXiv:2310.04378", Stochastic: true),
        Tcd = new("TCD", "For trajectory consistency models: 2 to 8 steps; eta is gamma.",
            "Needs a model distilled for it. gamma 0.3 by default; more for more steps.", "Zheng et al. 2024, arXiv:2402.19159", Stochastic: true),
        EulerMaruyama = new("Euler-Maruyama", "The simplest step of the reverse SDE, with fresh noise.",
            "Take it with hundreds of steps, to see what the reverse SDE does; with fewer the last noise stays in the picture.", Score, Stochastic: true),
        ReverseDiffusion = new("Reverse diffusion", "The reverse SDE, discretised as the forward process is.",
            "As Euler-Maruyama, with hundreds of steps.", Score, Stochastic: true),
        ScoreAncestral = new("Ancestral sampling (score SDE)", "DDPM's step with the larger of its two variances, beta.",
            "Take it with hundreds of steps; ddpm needs fewer.", Score, Stochastic: true),
        PredictorCorrector = new("Predictor-corrector", "Reverse diffusion with a Langevin step at each noise level before it.",
            "Take it with hundreds of steps, each of two evaluations, where likeness to the model's law counts and time doesn't.", Score, Evaluations: 2, Stochastic: true),
        ProbabilityFlow = new("Probability flow (RK45)", "The ODE solved by Dormand and Prince's method to a tolerance; takes as many evaluations as it needs.",
            "Take it as a reference for what a picture converges to; the number of steps has no effect.", Score, Order: 5, Evaluations: 0);
}
