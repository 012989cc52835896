using System.Text.Json;
using System.Text.Json.Nodes;

namespace Darkroom.Training;

/// <summary>From configurations that can be changed to those that networks read.</summary>
internal static class JsonElements
{
    /// <summary>The object as an element that needs no document to be disposed.</summary>
    public static JsonElement ToElement(this JsonObject json) => JsonSerializer.SerializeToElement(json);
}
