namespace Darkroom.Training.Data;

/// <summary>Where in a picture the thing is that some of its words name: the truth that attention maps of those words can be held to.</summary>
/// <param name="Tokens">Places of the words in the row of tokens.</param>
/// <param name="Mask">[h, w] of the latents, row by row: 1 where the thing is and 0 elsewhere.</param>
internal sealed record WordRegion(IReadOnlyList<int> Tokens, IReadOnlyList<float> Mask);
