using System.Buffers.Binary;

namespace Darkroom.Runtime;

/// <content>Saving and going on, in torch's own layout.</content>
public sealed partial class TorchGenerator
{
    /// <summary>Size of a saved state in bytes, that of torch's <c>get_state()</c>.</summary>
    public const int StateBytes = 5056;

    // Seed u64, words left i32, whether seeded i32, next word u64, 624 words as u64, three float64 of which the second is the spare normal,
    // whether there is one i32, padding, and a float32 normal with its flag, which today's torch does not use.
    private const int LeftAt = 8, SeededAt = 12, NextAt = 16, WordsAt = 24, SpareAt = 5024, SpareFlagAt = 5040;

    /// <summary>The state in the layout of torch's <c>Generator.get_state()</c>, 5056 bytes; each reads the other's.</summary>
    public byte[] SaveState()
    {
        var state = new byte[StateBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(state, _seed);
        // torch counts down what is left, and renews when the count reaches 0 before the next draw; a fresh generator has 1 left.
        bool fresh = _words.Used == MersenneTwister.Length;
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(LeftAt), fresh ? 1 : MersenneTwister.Length + 1 - _words.Used);
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(SeededAt), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(NextAt), fresh ? 0 : (ulong)_words.Used);
        for (int i = 0; i < MersenneTwister.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(state.AsSpan(WordsAt + 8 * i), _words.State[i]);
        BinaryPrimitives.WriteDoubleLittleEndian(state.AsSpan(SpareAt), _spareNormal ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(state.AsSpan(SpareFlagAt), _spareNormal is null ? 0 : 1);
        return state;
    }

    /// <summary>A generator that goes on where the saved one was.</summary>
    /// <exception cref="DarkroomException">BadFile: these are not the bytes of a generator's state.</exception>
    public static TorchGenerator FromState(ReadOnlySpan<byte> state)
    {
        if (state.Length != StateBytes) throw Bad($"it has {state.Length} bytes instead of {StateBytes}");
        int left = BinaryPrimitives.ReadInt32LittleEndian(state[LeftAt..]);
        if (left is < 1 or > MersenneTwister.Length) throw Bad($"it says that {left} of {MersenneTwister.Length} words are left");
        var words = new uint[MersenneTwister.Length];
        for (int i = 0; i < words.Length; i++)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(state[(WordsAt + 8 * i)..]);
            words[i] = word <= uint.MaxValue ? (uint)word : throw Bad($"word {i} has more than 32 bits");
        }
        return new TorchGenerator(BinaryPrimitives.ReadUInt64LittleEndian(state), new MersenneTwister(words, MersenneTwister.Length + 1 - left))
        {
            _spareNormal = BinaryPrimitives.ReadInt32LittleEndian(state[SpareFlagAt..]) != 0 ? BinaryPrimitives.ReadDoubleLittleEndian(state[SpareAt..]) : null,
        };

        static DarkroomException Bad(string why) => new(ErrorKind.BadFile, $"This is no state of a random number generator: {why}.");
    }
}
