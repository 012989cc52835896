namespace Darkroom.Checkpoints.Layouts;

/// <summary>What a network is, as far as its keys are concerned.</summary>
internal enum NetworkKind
{
    Unet,
    Autoencoder,
    Clip,

    /// <summary>OpenCLIP as SD2 uses it: no projection, the last layer unused.</summary>
    OpenClip,

    /// <summary>OpenCLIP with its projection, as SDXL uses it.</summary>
    ProjectedOpenClip,
}

/// <summary>Where a network lies in a single file: its keys begin with a prefix.</summary>
internal sealed record NetworkPlace(string Component, string Prefix, NetworkKind Kind);

/// <summary>A kind of single file: recognised by a key prefix that no other kind has.</summary>
internal sealed record SingleFileLayout(ModelFamily Family, string Mark, IReadOnlyList<NetworkPlace> Places)
{
    private static readonly NetworkPlace Unet = new("unet", "model.diffusion_model.", NetworkKind.Unet),
        Autoencoder = new("vae", "first_stage_model.", NetworkKind.Autoencoder);

    /// <summary>The layouts in the order in which they are tried.</summary>
    public static IReadOnlyList<SingleFileLayout> All { get; } =
    [
        new(ModelFamily.StableDiffusionXl, "conditioner.embedders.1.model.",
        [
            Unet, Autoencoder, new("text_encoder", "conditioner.embedders.0.transformer.", NetworkKind.Clip),
            new("text_encoder_2", "conditioner.embedders.1.model.", NetworkKind.ProjectedOpenClip),
        ]),
        new(ModelFamily.StableDiffusionXlRefiner, "conditioner.embedders.0.model.",
            [Unet, Autoencoder, new("text_encoder_2", "conditioner.embedders.0.model.", NetworkKind.ProjectedOpenClip)]),
        new(ModelFamily.StableDiffusion2, "cond_stage_model.model.",
            [Unet, Autoencoder, new("text_encoder", "cond_stage_model.model.", NetworkKind.OpenClip)]),
        new(ModelFamily.StableDiffusion1, "cond_stage_model.transformer.",
            [Unet, Autoencoder, new("text_encoder", "cond_stage_model.transformer.", NetworkKind.Clip)]),
        new(ModelFamily.Other, "model.diffusion_model.", [Unet, Autoencoder]),
        new(ModelFamily.Other, "first_stage_model.", [Autoencoder]),
        new(ModelFamily.Other, "input_blocks.0.0.", [Unet with { Prefix = "" }]),
        new(ModelFamily.Other, "decoder.mid.block_1.", [Autoencoder with { Prefix = "" }]),
    ];

    /// <summary>
    /// Keys beside the networks that are known and of no use here: buffers of the training schedule, averages, the losses of an
    /// autoencoder's training.
    /// </summary>
    private static readonly HashSet<string> HarmlessKeys = new(StringComparer.Ordinal)
    {
        "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
        "log_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod",
        "sqrt_recipm1_alphas_cumprod", "posterior_variance", "posterior_log_variance_clipped", "posterior_mean_coef1",
        "posterior_mean_coef2", "lvlb_weights", "logvar", "scale_factor",
        "denoiser.sigmas", "global_step", "v_pred", "ztsnr",
    };

    private static readonly string[] HarmlessPrefixes = ["model_ema.", "loss.", "first_stage_model.loss.", "first_stage_model.model_ema."];

    public static SingleFileLayout? Find(IEnumerable<string> keys)
    {
        var present = keys.ToArray();
        return All.FirstOrDefault(layout => Array.Exists(present, key => key.StartsWith(layout.Mark, StringComparison.Ordinal)));
    }

    public static bool IsHarmless(string key) => HarmlessKeys.Contains(key)
        || Array.Exists(HarmlessPrefixes, p => key.StartsWith(p, StringComparison.Ordinal));

    /// <summary>The key map of a network, for as many levels and layers as its keys (of either layout, without prefix) show.</summary>
    /// <param name="kind">Which network.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="layers">Layers of an OpenCLIP text encoder; of no matter for others.</param>
    public static KeyMap Map(NetworkKind kind, IReadOnlyCollection<string> keys, int layers) => kind switch
    {
        NetworkKind.Unet => UnetKeys.Map(keys),
        NetworkKind.Autoencoder => AutoencoderKeys.Map(keys),
        NetworkKind.Clip => TextEncoderKeys.Clip,
        _ => TextEncoderKeys.OpenClip(layers, projects: kind == NetworkKind.ProjectedOpenClip),
    };
}
