using Darkroom.Checkpoints.Layouts;
using Darkroom.Networks;
using Darkroom.Networks.Classifiers;
using Darkroom.Networks.Unet;
using static TorchSharp.torch;

namespace Darkroom.Checkpoints.OpenAi;

/// <summary>Networks of the papers from checkpoints in their authors' own layouts.</summary>
/// <remarks>
/// openai/improved-diffusion and openai/guided-diffusion (state_dicts under the names of UNetModel, SuperResModel and EncoderUNetModel), and ermongroup/ddim.
/// Results are the caller's, in evaluation mode. Mismatches are reported with every key, named as in our layout.
/// </remarks>
public static class OpenAiNetworks
{
    /// <summary>A UNet or super-resolution UNet.</summary>
    /// <param name="weights">A state_dict; stays open and the caller's.</param>
    /// <param name="config">The arguments that it was built with.</param>
    /// <param name="dtype">The number format.</param>
    /// <exception cref="DarkroomException">ModelMismatch; BadFile: NaN; InvalidRequest: the configuration is a classifier's.</exception>
    public static UNet LoadUnet(ITensorSource weights, OpenAiUnetConfig config, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Pool is not null) throw new DarkroomException(ErrorKind.InvalidRequest, "These are the arguments of a classifier.", "pool");
        OpenAiConfigReader.Check(config);
        return Fill(new UNet(config.ToUnet(), dtype, META), weights, OpenAiKeys.Map(config), dtype);
    }

    /// <summary>A classifier of noised pictures.</summary>
    /// <param name="weights">A state_dict; stays open and the caller's.</param>
    /// <param name="config">The arguments that it was built with.</param>
    /// <param name="dtype">The number format.</param>
    /// <exception cref="DarkroomException">ModelMismatch; BadFile: NaN; InvalidRequest: the configuration is not a classifier's.</exception>
    public static EncoderUnet LoadClassifier(ITensorSource weights, OpenAiUnetConfig config, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        OpenAiConfigReader.Check(config);
        return Fill(new EncoderUnet(Classifier(config), dtype, META), weights, OpenAiKeys.Map(config), dtype);
    }

    /// <summary>The DDPM network in the layout of ermongroup/ddim.</summary>
    /// <param name="weights">A state_dict; stays open and the caller's.</param>
    /// <param name="config">The arguments that it was built with.</param>
    /// <param name="dtype">The number format.</param>
    /// <exception cref="DarkroomException">ModelMismatch; BadFile: NaN.</exception>
    public static UNet LoadDdpm(ITensorSource weights, DdpmUnetConfig config, ScalarType dtype = ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Fill(new UNet(config.ToUnet(), dtype, META), weights, config.Keys(), dtype);
    }

    internal static EncoderUnetConfig Classifier(OpenAiUnetConfig config) => new()
    {
        Encoder = config.ToUnet(),
        Classes = config.OutChannels,
        ImageSize = config.ImageSize ?? 64,
        PoolHeadWidth = config.HeadChannels ?? 64,
        Pool = config.Pool switch
        {
            "adaptive" => ClassifierPool.Adaptive,
            "attention" => ClassifierPool.Attention,
            "spatial" => ClassifierPool.Spatial,
            "spatial_v2" => ClassifierPool.SpatialV2,
            _ => throw new DarkroomException(ErrorKind.InvalidRequest, "These are not the arguments of a classifier.", "pool", "It is adaptive, attention, spatial or spatial_v2."),
        },
    };

    private static T Fill<T>(T network, ITensorSource weights, KeyMap keys, ScalarType dtype)
        where T : Network
    {
        ArgumentNullException.ThrowIfNull(weights);
        try
        {
            using var ours = new DerivedTensors(weights, SingleFile.Distinct(keys.ToDiffusers(weights, "")));
            ModuleLoader.Load(network, ours, new ModuleLoadOptions { Dtype = dtype, ChannelsLast = true, Writable = true });
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
