using Darkroom.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Darkroom.Networks.Kernels;

/// <summary>
/// softmax(q k^T / sqrt(d)) v in bfloat16 on processors with 512-bit vectors, for inference: head by head, in chunks of queries whose scores stay in the cache,
/// as two plain matrix products around <see cref="SoftmaxKernel"/>.
/// </summary>
/// <remarks>
/// A matrix product rounds its scores to bfloat16's eight bits, which would cost most where a score is large, that is, where it counts. So the largest score
/// of each query is estimated from every eighth key and subtracted within the product, as one more column of q against a column of -1 in k: the softmax doesn't
/// change, and the scores that count are near zero. Maxima and sums are exact, in float32.
/// </remarks>
internal static unsafe class ChunkedAttention
{
    private const int ScoresInCache = 1 << 20;
    private const int LeastScores = 1 << 14;
    private const int KeysPerSample = 8;

    /// <summary>Whether this path computes these tensors; where not, torch's own attention does.</summary>
    public static bool Supports(Tensor query, Tensor key, Tensor value) =>
        SoftmaxKernel.IsSupported && query.dtype == ScalarType.BFloat16 && query.device_type == DeviceType.CPU && !is_grad_enabled()
        && query.shape[2] * key.shape[2] >= LeastScores
        && query.stride(3) == 1 && key.stride(3) == 1 && value.stride(3) == 1;

    /// <param name="query">[B, heads, N, d].</param>
    /// <param name="key">[B, heads, M, d].</param>
    /// <param name="value">[B, heads, M, d].</param>
    /// <returns>[B, heads, N, d], a view of [B, N, heads d]; it belongs to the caller's dispose scope.</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        int batch = (int)query.shape[0], heads = (int)query.shape[1], queries = (int)query.shape[2], width = (int)query.shape[3];
        int group = HeadsTogether(heads, queries, (int)key.shape[2]);
        int groups = heads / group;
        using var joined = empty([batch, queries, heads, width], query.dtype);
        fixed (byte* start = joined.bytes)
        {
            var result = (ushort*)start;
            ComputeWorkers.Run(batch * groups, part =>
            {
                int item = part / groups, head = part % groups * group;
                using var scope = NewDisposeScope();
                Heads(query[item].narrow(0, head, group), key[item].narrow(0, head, group), value[item].narrow(0, head, group),
                    result + ((long)item * queries * heads + head) * width, heads * width);
            });
        }
        return joined.transpose(1, 2);
    }

    /// <summary>Some heads of one picture.</summary>
    /// <param name="query">[G, N, d].</param>
    /// <param name="key">[G, M, d].</param>
    /// <param name="value">[G, M, d].</param>
    /// <param name="result">Where the first head's first query goes; the next head's lies d further.</param>
    /// <param name="resultStride">From query to query.</param>
    private static void Heads(Tensor query, Tensor key, Tensor value, ushort* result, int resultStride)
    {
        int heads = (int)query.shape[0], queries = (int)query.shape[1], keys = (int)key.shape[1], width = (int)query.shape[2];
        int stride = Padded(keys, SoftmaxKernel.Lanes), paddedWidth = Padded(width, 16);
        int rows = RowsTogether(queries, stride);
        var keysTransposed = WithShiftColumn(key, stride).transpose(1, 2);
        var sample = keysTransposed.slice(2, 0, keys, KeysPerSample);
        var values = nn.functional.pad(value, [0, paddedWidth - width, 0, stride - keys]);
        float scale = (float)(1 / Math.Sqrt(width));
        var inverseSums = new float[heads * rows];
        for (int first = 0; first < queries; first += rows)
        {
            int count = Math.Min(rows, queries - first);
            using var scope = NewDisposeScope();
            var scores = Shifted(query.narrow(1, first, count), sample).bmm(keysTransposed);
            fixed (float* inverse = inverseSums)
            fixed (byte* scoresStart = scores.bytes)
            {
                SoftmaxKernel.Exponentiate((ushort*)scoresStart, heads * count, stride, scale, inverse);
                using var attended = scores.bmm(values);
                fixed (byte* attendedStart = attended.bytes)
                {
                    for (int head = 0; head < heads; head++)
                    {
                        RowScaling.Scale((ushort*)attendedStart + (long)head * count * paddedWidth, paddedWidth, inverse + head * count,
                            result + (long)first * resultStride + head * width, resultStride, count, width);
                    }
                }
            }
        }
    }

    /// <summary>[G, n, d + 2]: the queries, the estimated largest score of each, and a one.</summary>
    private static Tensor Shifted(Tensor query, Tensor sample)
    {
        int width = (int)query.shape[2];
        var shifted = nn.functional.pad(query, [0, 2]);
        using var sampled = shifted.bmm(sample);
        shifted.narrow(2, width + 1, 1).fill_(1);
        fixed (byte* scores = sampled.bytes, columns = shifted.bytes)
        {
            SoftmaxKernel.Maxima((ushort*)scores, (int)(sampled.shape[0] * sampled.shape[1]), (int)sampled.shape[2],
                (ushort*)columns + width, width + 2);
        }
        return shifted;
    }

    /// <summary>[G, rows, d + 2]: the keys with -1 and 0 in the last two columns; the rows below them give scores so low that their probability is 0.</summary>
    private static Tensor WithShiftColumn(Tensor key, int rows)
    {
        const double never = -1e38;
        long keys = key.shape[1], width = key.shape[2];
        var shifted = nn.functional.pad(key, [0, 2, 0, rows - keys]);
        shifted.narrow(1, 0, keys).narrow(2, width, 1).fill_(-1);
        if (keys < rows) shifted.narrow(1, keys, rows - keys).narrow(2, width + 1, 1).fill_(never);
        return shifted;
    }

    /// <summary>How many queries are worked on at once: as many as fit, all of them where the keys are few.</summary>
    private static int RowsTogether(int queries, int stride) => Math.Min(queries, Math.Max(256, ScoresInCache / stride));

    /// <summary>How many heads are worked on at once, a divisor of their number: one where the picture is large.</summary>
    private static int HeadsTogether(int heads, int queries, int keys)
    {
        int stride = Padded(keys, SoftmaxKernel.Lanes);
        int fitting = Math.Max(1, ScoresInCache / (RowsTogether(queries, stride) * stride));
        return Enumerable.Range(1, heads).Last(count => heads % count == 0 && count <= fitting);
    }

    private static int Padded(int count, int multiple) => (count + multiple - 1) / multiple * multiple;
}
