namespace Darkroom.Samplers;

/// <summary>A method as users of every program know it; names of the dialects refer to it.</summary>
internal sealed record SamplerMethod(string Summary, string Paper, int Order = 1, int Evaluations = 1, bool Stochastic = false)
{
    private const string Karras = "Karras et al. 2022, arXiv:2206.00364";
    private const string Solver = "Lu et al. 2022, arXiv:2206.00927";
    private const string SolverPlusPlus = "Lu et al. 2022, arXiv:2211.01095";
    private const string Pndm = "Liu et al. 2022, arXiv:2202.09778";
    private const string KDiffusion = "k-diffusion (Crowson 2022)";

    public static readonly SamplerMethod
        Ddim = new("Deterministic steps of order one with integer timesteps; eta makes it stochastic.", "Song et al. 2020, arXiv:2010.02502"),
        DdimInverse = new("DDIM run backwards: from a picture to the noise that gives it.", "Song et al. 2020, arXiv:2010.02502"),
        Ddpm = new("The original ancestral sampling; needs many steps.", "Ho et al. 2020, arXiv:2006.11239", Stochastic: true),
        Plms = new("Four past predictions combined; Stable Diffusion's first default.", Pndm, Order: 4),
        Ipndm = new("PLMS without its special first step, on a circle of noise levels.", Pndm, Order: 4),
        Euler = new("The simplest solver, and a good one at 20 to 30 steps.", Karras),
        EulerAncestral = new("Euler with fresh noise at each step; varied pictures that change with the number of steps.", KDiffusion, Stochastic: true),
        Heun = new("Two evaluations per step for order two.", Karras, Order: 2, Evaluations: 2),
        Lms = new("Up to four past slopes, integrated exactly.", KDiffusion, Order: 4),
        Dpm2 = new("Midpoint steps in log sigma, two evaluations each.", Solver, Order: 2, Evaluations: 2),
        Dpm2Ancestral = new("Midpoint steps in log sigma with fresh noise.", Solver, Order: 2, Evaluations: 2, Stochastic: true),
        Dpmpp2m = new("Multistep DPM-Solver++ of order two; the usual choice at 15 to 25 steps.", SolverPlusPlus, Order: 2),
        Dpmpp2mSde = new("DPM++ 2M with fresh noise.", SolverPlusPlus, Order: 2, Stochastic: true),
        Dpmpp2mSdeHeun = new("DPM++ 2M SDE with the other second-order term.", SolverPlusPlus, Order: 2, Stochastic: true),
        Dpmpp3mSde = new("Multistep SDE solver of order three; for 30 steps and more.", SolverPlusPlus, Order: 3, Stochastic: true),
        Dpmpp2s = new("Single-step DPM-Solver++ of order two.", SolverPlusPlus, Order: 2),
        Dpmpp2sAncestral = new("Single-step DPM-Solver++ with ancestral noise, two evaluations per step.", SolverPlusPlus, Order: 2, Evaluations: 2, Stochastic: true),
        DpmppSde = new("Single-step SDE solver with noise at the middle and at the end of each step.", SolverPlusPlus, Order: 2, Evaluations: 2, Stochastic: true),
        DpmFast = new("DPM-Solver steps of order three; steps count evaluations.", Solver, Order: 3),
        DpmAdaptive = new("DPM-Solver with steps chosen by an error estimate; takes as many evaluations as it needs.", Solver, Order: 3, Evaluations: 0),
        UniPc = new("Predictor and corrector of order two at one evaluation per step; good at 10 steps.", "Zhao et al. 2023, arXiv:2302.04867", Order: 2),
        Deis = new("Exponential integrator in log rho.", "Zhang and Chen 2022, arXiv:2204.13902", Order: 2),
        SaSolver = new("Stochastic Adams predictor and corrector.", "Xue et al. 2023, arXiv:2309.05019", Order: 2, Stochastic: true),
        Lcm = new("For latent consistency models: 1 to 8 steps.", "Luo et al. 2023, arXiv:2310.04378", Stochastic: true),
        Tcd = new("For trajectory consistency models: 2 to 8 steps; eta is gamma.", "Zheng et al. 2024, arXiv:2402.19159", Stochastic: true);
}
