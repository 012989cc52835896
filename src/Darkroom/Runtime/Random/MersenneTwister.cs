namespace Darkroom.Runtime;

/// <summary>MT19937, the source of 32-bit words behind torch's CPU generator and numpy's RandomState.</summary>
/// <remarks>Matsumoto and Nishimura 1998, doi:10.1145/272991.272995, seeded by their init_genrand of 2002.</remarks>
internal sealed class MersenneTwister
{
    internal const int Length = 624;
    private const int Shift = 397;

    private readonly uint[] _state = new uint[Length];
    private int _next;

    /// <summary>Starts the stream of a seed.</summary>
    internal MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (uint i = 1; i < Length; i++)
        {
            uint previous = _state[i - 1];
            _state[i] = 1812433253u * (previous ^ (previous >> 30)) + i;
        }
        _next = Length;
    }

    /// <summary>Goes on from a saved state.</summary>
    /// <param name="state">624 words.</param>
    /// <param name="next">How many of them have been used, 0 .. 624.</param>
    internal MersenneTwister(ReadOnlySpan<uint> state, int next)
    {
        state.CopyTo(_state);
        _next = next;
    }

    internal ReadOnlySpan<uint> State => _state;

    /// <summary>How many words of the state have been used, 0 .. 624.</summary>
    internal int Used => _next;

    /// <summary>The next word.</summary>
    internal uint Next()
    {
        if (_next == Length) Renew();
        uint y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680u;
        y ^= (y << 15) & 0xEFC60000u;
        return y ^ (y >> 18);
    }

    /// <summary>Two words as one number, the first one high.</summary>
    internal ulong NextPair()
    {
        ulong high = Next();
        return high << 32 | Next();
    }

    private void Renew()
    {
        for (int i = 0; i < Length; i++)
        {
            uint y = (_state[i] & 0x80000000u) | (_state[(i + 1) % Length] & 0x7FFFFFFFu);
            _state[i] = _state[(i + Shift) % Length] ^ (y >> 1) ^ ((y & 1) * 0x9908B0DFu);
        }
        _next = 0;
    }
}
