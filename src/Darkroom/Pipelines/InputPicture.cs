using Darkroom.Imaging;

namespace Darkroom.Pipelines;

/// <summary>How an input picture is brought to the size that the networks work at.</summary>
internal enum InputFit
{
    /// <summary>As the request says; the result has the size asked for.</summary>
    Requested,

    /// <summary>Its edges are continued to the next size that is possible, and cut off the result.</summary>
    Padded,

    /// <summary>It is stretched to the size that the model works at, and the result is stretched back.</summary>
    Resized,
}

/// <summary>The input picture, and its mask, at the size the networks work at, and the way back to the size it came in.</summary>
internal sealed class InputPicture
{
    private readonly Picture _original;
    private readonly Picture? _mask;
    private readonly bool _compose;

    private InputPicture(Picture original, Picture? mask, int width, int height, InputFit how, FitMode fit, bool compose)
    {
        How = (original.Width, original.Height) == (width, height) ? InputFit.Requested : how;
        _compose = compose;
        Pixels = Scaled(original);
        Mask = mask is null ? null : How == InputFit.Resized ? Reduced(mask, width, height) : Scaled(mask);
        _original = How == InputFit.Requested ? Pixels : original;
        _mask = How == InputFit.Requested ? Mask : mask;

        Picture Scaled(Picture picture) => (picture.Width, picture.Height) == (width, height) ? picture : How switch
        {
            InputFit.Padded => ContinueEdges(picture, width, height),
            InputFit.Resized => picture.Resize(width, height),
            _ => picture.Fit(width, height, fit),
        };
    }

    /// <summary>How it was brought to working size.</summary>
    public InputFit How { get; }

    /// <summary>The picture at working size.</summary>
    public Picture Pixels { get; }

    /// <summary>The mask at working size; null for image-to-image.</summary>
    public Picture? Mask { get; }

    /// <summary>The picture of a request at working size; null where the request brings none.</summary>
    /// <param name="request">With width and height filled in.</param>
    /// <param name="how">How it is brought there, where its own size is another one.</param>
    public static InputPicture? Of(GenerationRequest request, InputFit how) => request switch
    {
        ImageToImageRequest image => new(image.InitImage, null, image.Width!.Value, image.Height!.Value, how, image.Fit, compose: false),
        InpaintRequest inpaint => new(inpaint.InitImage, inpaint.Mask, inpaint.Width!.Value, inpaint.Height!.Value, how, FitMode.Stretch, inpaint.Compose),
        _ => null,
    };

    /// <summary>The result at the size asked for, with the original's pixels outside the mask where that is wanted; these keep their alpha.</summary>
    public Picture Finish(Picture generated)
    {
        var result = How switch
        {
            InputFit.Padded => generated.Crop(0, 0, _original.Width, _original.Height),
            InputFit.Resized => generated.Resize(_original.Width, _original.Height),
            _ => generated,
        };
        if (!_compose || _mask is null) return result;
        var original = _original.Format == PixelFormat.Grey ? _original.Convert(PixelFormat.Rgb) : _original;
        result = result.Convert(original.Format);
        int channels = original.Channels;
        ReadOnlySpan<byte> mask = _mask.Convert(PixelFormat.Grey).Pixels;
        for (int i = 0; i < mask.Length; i++)
            if (mask[i] < 128) original.Pixels.Slice(channels * i, channels).CopyTo(result.Pixels[(channels * i)..]);
        return result;
    }

    // A pixel is made anew where any of the pixels in it is to be, so that thin masks don't vanish.
    private static Picture Reduced(Picture mask, int width, int height)
    {
        var sharp = new Picture(mask.Width, mask.Height, PixelFormat.Grey, mask.Convert(PixelFormat.Grey).Pixels);
        foreach (ref byte pixel in sharp.Pixels) pixel = pixel < 128 ? byte.MinValue : byte.MaxValue;
        var reduced = sharp.Resize(width, height, Resampling.Box);
        foreach (ref byte pixel in reduced.Pixels) pixel = pixel > 0 ? byte.MaxValue : byte.MinValue;
        return reduced;
    }

    // To the right and downwards, so that cropping at (0, 0) gives the picture back.
    private static Picture ContinueEdges(Picture picture, int width, int height)
    {
        var wide = new Picture(width, height, picture.Format);
        int channels = picture.Channels;
        for (int y = 0; y < height; y++)
        {
            var source = picture.Row(Math.Min(y, picture.Height - 1));
            var row = wide.Row(y);
            source.CopyTo(row);
            for (int x = picture.Width; x < width; x++) source[^channels..].CopyTo(row[(x * channels)..]);
        }
        return wide;
    }
}
