using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Darkroom.Tests.Runtime;

/// <summary>One tensor of the random number goldens: whole (values) or as head, tail, every n-th and a digest of its bytes.</summary>
internal sealed class GoldenNumbers(JsonElement element)
{
    public long[] Shape { get; } = [.. element.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];

    public string Dtype { get; } = element.GetProperty("dtype").GetString()!;

    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Which of the numbers the file states, with their places.</summary>
    private IEnumerable<(int Index, JsonElement Value)> Stated()
    {
        if (element.TryGetProperty("values", out var values)) return values.EnumerateArray().Select((v, i) => (i, v));
        var head = element.GetProperty("head").EnumerateArray().Select((v, i) => (i, v));
        JsonElement[] tail = [.. element.GetProperty("tail").EnumerateArray()];
        var every = element.GetProperty("every");
        int stride = every[0].GetInt32();
        return [.. head, .. tail.Select((v, i) => ((int)Count - tail.Length + i, v)), .. every[1].EnumerateArray().Select((v, i) => (i * stride, v))];
    }

    /// <summary>The same count, and each stated number within a tolerance that is relative above 1.</summary>
    public void AssertClose(IReadOnlyList<double> actual, double tolerance)
    {
        Assert.Equal(Count, actual.Count);
        foreach (var (index, stated) in Stated())
        {
            double value = Dtype == "float64" ? stated.GetDouble() : stated.GetSingle();
            double allowed = tolerance * Math.Max(1, Math.Abs(value));
            Assert.True(Math.Abs(actual[index] - value) <= allowed,
                string.Create(CultureInfo.InvariantCulture, $"[{index}] is {actual[index]:R}, not {value:R}"));
        }
    }

    public void AssertClose(float[] actual, double tolerance) => AssertClose([.. actual.Select(x => (double)x)], tolerance);

    public void AssertEqual(IReadOnlyList<long> actual)
    {
        Assert.Equal(Count, actual.Count);
        foreach (var (index, value) in Stated()) Assert.Equal(value.GetInt64(), actual[index]);
    }

    /// <summary>The same bits, all of them where the file holds a digest.</summary>
    public void AssertSameBits(float[] actual)
    {
        AssertClose(actual, 0);
        if (!element.TryGetProperty("sha256", out var digest) || Dtype != "float32") return;
        var bytes = new byte[4 * actual.Length];
        for (int i = 0; i < actual.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), actual[i]);
        Assert.Equal(digest.GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }
}
