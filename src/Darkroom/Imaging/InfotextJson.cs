using System.Text.Json.Serialization;

namespace Darkroom.Imaging;

/// <summary>Reading of quoted values without reflection, so that trimmed programs can do it.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class InfotextJson : JsonSerializerContext;
