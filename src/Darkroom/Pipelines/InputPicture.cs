using Darkroom.Imaging;

namespace Darkroom.Pipelines;

/// <summary>The input picture, and its mask, at the size the networks work at, and the way back to the size it came in.</summary>
internal sealed class InputPicture
{
    private readonly Picture _original;
    private readonly Picture? _mask;
    private readonly bool _padded;
    private readonly bool _compose;

    private InputPicture(Picture original, Picture? mask, int width, int height, FitMode fit, bool keepsSize, bool compose)
    {
        _padded = keepsSize && (original.Width, original.Height) != (width, height);
        _compose = compose;
        Pixels = Scaled(original);
        Mask = mask is null ? null : Scaled(mask);
        _original = _padded ? original : Pixels;
        _mask = _padded ? mask : Mask;

        Picture Scaled(Picture picture) => (picture.Width, picture.Height) == (width, height) ? picture
            : _padded ? ContinueEdges(picture, width, height) : picture.Fit(width, height, fit);
    }

    /// <summary>The picture at working size.</summary>
    public Picture Pixels { get; }

    /// <summary>The mask at working size; null for image-to-image.</summary>
    public Picture? Mask { get; }

    /// <summary>The picture of a request at the size it asks for; null where the request brings none.</summary>
    /// <param name="request">With width and height filled in.</param>
    /// <param name="keepsSize">Whether no size was asked for, so that the result has the picture's own even where that is no multiple of 8.</param>
    public static InputPicture? Of(GenerationRequest request, bool keepsSize) => request switch
    {
        ImageToImageRequest image => new(image.InitImage, null, image.Width!.Value, image.Height!.Value, image.Fit, keepsSize, compose: false),
        InpaintRequest inpaint => new(
            inpaint.InitImage, inpaint.Mask, inpaint.Width!.Value, inpaint.Height!.Value, FitMode.Stretch, keepsSize, inpaint.Compose),
        _ => null,
    };

    /// <summary>The result at the size asked for, with the original's pixels outside the mask where that is wanted; these keep their alpha.</summary>
    public Picture Finish(Picture generated)
    {
        var result = _padded ? generated.Crop(0, 0, _original.Width, _original.Height) : generated;
        if (!_compose || _mask is null) return result;
        var original = _original.Format == PixelFormat.Grey ? _original.Convert(PixelFormat.Rgb) : _original;
        result = result.Convert(original.Format);
        int channels = original.Channels;
        ReadOnlySpan<byte> mask = _mask.Convert(PixelFormat.Grey).Pixels;
        for (int i = 0; i < mask.Length; i++)
            if (mask[i] < 128) original.Pixels.Slice(channels * i, channels).CopyTo(result.Pixels[(channels * i)..]);
        return result;
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
