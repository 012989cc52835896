namespace Darkroom.Checkpoints;

/// <summary>Which line of models a checkpoint is of.</summary>
public enum ModelFamily
{
    /// <summary>None of the others: a network by itself, or a pipeline of another kind.</summary>
    Other,

    /// <summary>Stable Diffusion 1.x: one CLIP text encoder.</summary>
    StableDiffusion1,

    /// <summary>Stable Diffusion 2.x: one OpenCLIP text encoder.</summary>
    StableDiffusion2,

    /// <summary>Stable Diffusion XL: both.</summary>
    StableDiffusionXl,

    /// <summary>The refiner of Stable Diffusion XL: one OpenCLIP text encoder, and an aesthetic score.</summary>
    StableDiffusionXlRefiner,
}
