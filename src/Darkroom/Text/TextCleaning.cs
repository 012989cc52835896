namespace Darkroom.Text;

/// <summary>
/// How text is cleaned before it is split into tokens. For prompts as people type them all kinds agree; they part on curly quotes, full-width
/// forms, ligatures, HTML entities, control characters, wrongly decoded text, ideographs, private-use letters and the final sigma.
/// </summary>
public enum TextCleaning
{
    /// <summary>As transformers from version 5 and diffusers with it: canonical composition, white space to single blanks, lower case letter by letter.</summary>
    Transformers,

    /// <summary>As the first Stable Diffusion code and AUTOMATIC1111's web UI: text repaired as by ftfy 6.3 (wrong decodings, entities, quotes,
    /// widths, ligatures, control characters), then white space to single blanks, lower case with the final-sigma rule.</summary>
    Ftfy,

    /// <summary>As transformers before version 5 where ftfy is not installed: control, format, private-use and unassigned characters dropped, blanks
    /// around ideographs, canonical composition, lower case word by word.</summary>
    Basic,

    /// <summary>As OpenCLIP (Stable Diffusion 2, second encoder of SDXL): as <see cref="Ftfy"/>, then HTML entities resolved twice more.</summary>
    OpenClip,
}
