namespace Darkroom.Samplers;

/// <summary>
/// The names users know, each with what it stands for. To add a sampler: its file, its method, and a line here for each
/// dialect.
/// </summary>
internal static class SamplerNames
{
    public static IReadOnlyList<SamplerInfo> All { get; } =
    [
        Diffusers("ddim", "DDIMScheduler", SamplerMethod.Ddim),
        Diffusers("ddpm", "DDPMScheduler", SamplerMethod.Ddpm),
        Diffusers("pndm", "PNDMScheduler", SamplerMethod.Plms),
        Diffusers("plms", "PNDMScheduler", SamplerMethod.Plms),
        Diffusers("euler", "EulerDiscreteScheduler", SamplerMethod.Euler),
        Diffusers("euler_a", "EulerAncestralDiscreteScheduler", SamplerMethod.EulerAncestral, "euler_ancestral"),
        Diffusers("heun", "HeunDiscreteScheduler", SamplerMethod.Heun),
        Diffusers("lms", "LMSDiscreteScheduler", SamplerMethod.Lms),
        Diffusers("dpm2", "KDPM2DiscreteScheduler", SamplerMethod.Dpm2),
        Diffusers("dpm2_a", "KDPM2AncestralDiscreteScheduler", SamplerMethod.Dpm2Ancestral, "dpm2_ancestral"),
        Diffusers("dpmpp_2m", "DPMSolverMultistepScheduler", SamplerMethod.Dpmpp2m),
        Diffusers("dpmpp_2m_sde", "DPMSolverMultistepScheduler", SamplerMethod.Dpmpp2mSde),
        Diffusers("dpmpp_2s", "DPMSolverSinglestepScheduler", SamplerMethod.Dpmpp2s),
        Diffusers("dpmpp_sde", "DPMSolverSDEScheduler", SamplerMethod.DpmppSde),
        Diffusers("unipc", "UniPCMultistepScheduler", SamplerMethod.UniPc, "uni_pc"),
        Diffusers("deis", "DEISMultistepScheduler", SamplerMethod.Deis),
        Diffusers("sa_solver", "SASolverScheduler", SamplerMethod.SaSolver),
        Diffusers("lcm", "LCMScheduler", SamplerMethod.Lcm),
        Diffusers("tcd", "TCDScheduler", SamplerMethod.Tcd),
        Diffusers("ddim_inverse", "DDIMInverseScheduler", SamplerMethod.DdimInverse),
        Diffusers("dpmpp_2m_inverse", "DPMSolverMultistepInverseScheduler", SamplerMethod.Dpmpp2mInverse),
        Diffusers("ipndm", "IPNDMScheduler", SamplerMethod.Ipndm),
        Diffusers("edm_euler", "EDMEulerScheduler", SamplerMethod.EdmEuler),
        Diffusers("edm_dpmpp_2m", "EDMDPMSolverMultistepScheduler", SamplerMethod.EdmDpmpp2m),

        KDiffusion("euler", SamplerMethod.Euler),
        KDiffusion("euler_ancestral", SamplerMethod.EulerAncestral, "k_euler_a"),
        KDiffusion("heun", SamplerMethod.Heun),
        KDiffusion("lms", SamplerMethod.Lms),
        KDiffusion("dpm_2", SamplerMethod.Dpm2),
        KDiffusion("dpm_2_ancestral", SamplerMethod.Dpm2Ancestral, "k_dpm_2_a"),
        KDiffusion("dpm_fast", SamplerMethod.DpmFast),
        KDiffusion("dpm_adaptive", SamplerMethod.DpmAdaptive),
        KDiffusion("dpmpp_2s_ancestral", SamplerMethod.Dpmpp2sAncestral, "k_dpmpp_2s_a"),
        KDiffusion("dpmpp_sde", SamplerMethod.DpmppSde),
        KDiffusion("dpmpp_2m", SamplerMethod.Dpmpp2m),
        KDiffusion("dpmpp_2m_sde", SamplerMethod.Dpmpp2mSde),
        KDiffusion("dpmpp_3m_sde", SamplerMethod.Dpmpp3mSde),
        KDiffusion("lcm", SamplerMethod.Lcm),
        KDiffusion("ipndm", SamplerMethod.Ipndm),

        A1111("DPM++ 2M", "dpmpp_2m", SamplerMethod.Dpmpp2m),
        A1111("DPM++ SDE", "dpmpp_sde", SamplerMethod.DpmppSde),
        A1111("DPM++ 2M SDE", "dpmpp_2m_sde", SamplerMethod.Dpmpp2mSde),
        A1111("DPM++ 2M SDE Heun", "dpmpp_2m_sde", SamplerMethod.Dpmpp2mSdeHeun),
        A1111("DPM++ 2S a", "dpmpp_2s_ancestral", SamplerMethod.Dpmpp2sAncestral),
        A1111("DPM++ 3M SDE", "dpmpp_3m_sde", SamplerMethod.Dpmpp3mSde),
        A1111("Euler a", "euler_ancestral", SamplerMethod.EulerAncestral),
        A1111("Euler", "euler", SamplerMethod.Euler),
        A1111("LMS", "lms", SamplerMethod.Lms),
        A1111("Heun", "heun", SamplerMethod.Heun),
        A1111("DPM2", "dpm_2", SamplerMethod.Dpm2),
        A1111("DPM2 a", "dpm_2_ancestral", SamplerMethod.Dpm2Ancestral),
        A1111("DPM fast", "dpm_fast", SamplerMethod.DpmFast),
        A1111("DPM adaptive", "dpm_adaptive", SamplerMethod.DpmAdaptive),
        A1111("LCM", "lcm", SamplerMethod.Lcm),

        Original("compvis_ddim", SamplerMethod.Ddim),
        Original("compvis_plms", SamplerMethod.Plms),
        Original("sde_euler_maruyama", SamplerMethod.EulerMaruyama),
        Original("sde_reverse_diffusion", SamplerMethod.ReverseDiffusion),
        Original("sde_ancestral", SamplerMethod.ScoreAncestral),
        Original("sde_pc", SamplerMethod.PredictorCorrector),
        Original("ode_rk45", SamplerMethod.ProbabilityFlow),
    ];

    private static SamplerInfo Diffusers(string name, string className, SamplerMethod method, params string[] aliases) =>
        Of(SamplerDialect.Diffusers, name, className, method, aliases);

    private static SamplerInfo KDiffusion(string function, SamplerMethod method, params string[] aliases) =>
        Of(SamplerDialect.KDiffusion, "k_" + function, function, method, ["sample_" + function, .. aliases]);

    private static SamplerInfo A1111(string label, string function, SamplerMethod method) => Of(SamplerDialect.A1111, label, function, method, []);

    private static SamplerInfo Original(string name, SamplerMethod method) => Of(SamplerDialect.Original, name, name, method, []);

    private static SamplerInfo Of(SamplerDialect dialect, string name, string made, SamplerMethod method, string[] aliases) => new()
    {
        Name = name,
        Aliases = aliases,
        Dialect = dialect,
        Method = made,
        Title = method.Title,
        Summary = method.Summary,
        Use = method.Use,
        Paper = method.Paper,
        Order = method.Order,
        EvaluationsPerStep = method.Evaluations,
        Stochastic = method.Stochastic,
    };
}
