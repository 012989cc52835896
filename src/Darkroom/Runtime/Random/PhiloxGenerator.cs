using System.Buffers.Binary;

namespace Darkroom.Runtime;

/// <summary>The normal numbers of an NVIDIA graphics card, computed on the host: A1111's random source "NV".</summary>
/// <remarks>
/// Philox4x32-10 of Salmon et al. 2011, doi:10.1145/2063384.2063405, with the seed as key; the counter holds the number of the draw and the
/// index of the element. Two words give one number by Box-Muller, as in cuRAND. In float64, rounded to float32 at the end. Not thread-safe.
/// </remarks>
public sealed class PhiloxGenerator
{
    private readonly uint _keyLow, _keyHigh;
    private uint _draws;

    /// <summary>A generator at the head of a seed's stream.</summary>
    public PhiloxGenerator(long seed)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, seed);
        (_keyLow, _keyHigh) = (BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
    }

    /// <summary>Standard normal numbers; each call is one draw, so that two calls differ from one of their joint length.</summary>
    public void Randn(Span<float> destination)
    {
        const double perWord = 2.3283064e-10f, perWordOfCircle = 2.3283064e-10f * 6.2831855f;
        for (int i = 0; i < destination.Length; i++)
        {
            var (first, second) = Words((uint)i);
            double u = first * perWord + perWord / 2, angle = second * perWordOfCircle + perWordOfCircle / 2;
            destination[i] = (float)(Math.Sqrt(-2 * Math.Log(u)) * Math.Sin(angle));
        }
        _draws++;
    }

    private (uint First, uint Second) Words(uint element)
    {
        uint c0 = _draws, c1 = 0, c2 = element, c3 = 0, k0 = _keyLow, k1 = _keyHigh;
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = 0xD2511F53UL * c0, product1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1);
    }
}
