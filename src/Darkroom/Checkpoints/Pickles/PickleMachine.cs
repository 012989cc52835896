using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Darkroom.Checkpoints.Pickles;

/// <summary>
/// Reads one pickle as data. It knows the instructions that build dicts, lists, numbers, text and descriptions of tensors, and the names of
/// <see cref="PickleGlobals"/>; it imports and calls nothing, refuses everything else by name, and works within a fixed amount of
/// memory without recursion.
/// </summary>
/// <remarks>
/// The instructions: CPython, Lib/pickletools.py, protocols 2 to 5. Those of protocols 0 and 1 that torch.save never writes are not
/// read.
/// </remarks>
internal sealed class PickleMachine
{
    /// <summary>Memory for the values of one pickle, roughly counted; those of Stable Diffusion take 2 MB.</summary>
    private const long MemoryBudget = 48L << 20;

    private const int MaxLongBytes = 32;

    private static readonly Dictionary<byte, string> RefusedInstructions = new()
    {
        [(byte)'P'] = "PERSID",
        [(byte)'i'] = "INST",
        [(byte)'o'] = "OBJ",
        [0x82] = "EXT1",
        [0x83] = "EXT2",
        [0x84] = "EXT4",
        [0x92] = "NEWOBJ_EX",
        [0x96] = "BYTEARRAY8",
        [0x97] = "NEXT_BUFFER",
        [0x98] = "READONLY_BUFFER",
        [(byte)'I'] = "INT",
        [(byte)'L'] = "LONG",
        [(byte)'F'] = "FLOAT",
        [(byte)'S'] = "STRING",
        [(byte)'V'] = "UNICODE",
        [(byte)'g'] = "GET",
        [(byte)'p'] = "PUT",
        [(byte)'d'] = "DICT",
        [(byte)'l'] = "LIST",
    };

    private readonly PickleInput _input;
    private readonly Action<PickleStorage>? _onStorage;
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly Stack<List<object?>> _outer = new();
    private List<object?> _stack = [];
    private long _memory;

    private PickleMachine(PickleInput input, Action<PickleStorage>? onStorage) => (_input, _onStorage) = (input, onStorage);

    /// <summary>Reads the next pickle; the input stands behind it then.</summary>
    /// <param name="input">The bytes.</param>
    /// <param name="onStorage">Told of each storage that is described.</param>
    /// <exception cref="DarkroomException">BadFile: it is damaged, or names something that is not data.</exception>
    public static object? Run(PickleInput input, Action<PickleStorage>? onStorage = null) => new PickleMachine(input, onStorage).Run();

    private object? Run()
    {
        while (true)
        {
            int start = _input.Position;
            byte instruction = _input.Byte();
            if (instruction == (byte)'.') return Pop();
            Step(instruction, start);
            if (_memory > MemoryBudget) throw _input.Bad("The pickle holds more values than any checkpoint does.");
        }
    }

    private void Step(byte instruction, int start)
    {
        switch (instruction)
        {
            case 0x80: Expect(_input.Byte() <= 5, "PROTO"); break;
            case 0x95: _input.Take(8); break; // FRAME
            case (byte)'(': Charge(64); _outer.Push(_stack); _stack = []; break; // MARK
            case (byte)'0': Pop(); break; // POP
            case (byte)'1': PopMark(); break; // POP_MARK
            case (byte)'2': Charge(16); _stack.Add(Top()); break; // DUP
            case (byte)'N': Push(null); break; // NONE
            case 0x88: Push(true); break; // NEWTRUE
            case 0x89: Push(false); break; // NEWFALSE
            case (byte)'J': Push((long)_input.Int32()); break; // BININT
            case (byte)'K': Push((long)_input.Byte()); break; // BININT1
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(_input.Take(2))); break; // BININT2
            case 0x8a: Push(Integer(_input.Counted(1))); break; // LONG1
            case 0x8b: Push(Integer(_input.Counted(4))); break; // LONG4
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(_input.Take(8))); break; // BINFLOAT
            case (byte)'U': Push(Encoding.Latin1.GetString(_input.Counted(1))); break; // SHORT_BINSTRING
            case (byte)'T': Push(Encoding.Latin1.GetString(_input.Counted(4))); break; // BINSTRING
            case 0x8c: Push(_input.Text(_input.Counted(1))); break; // SHORT_BINUNICODE
            case (byte)'X': Push(_input.Text(_input.Counted(4))); break; // BINUNICODE
            case 0x8d: Push(_input.Text(_input.Counted(8))); break; // BINUNICODE8
            case (byte)'C': _input.Counted(1); Push(PickleInert.Value); break; // SHORT_BINBYTES
            case (byte)'B': _input.Counted(4); Push(PickleInert.Value); break; // BINBYTES
            case 0x8e: _input.Counted(8); Push(PickleInert.Value); break; // BINBYTES8
            case (byte)']': Push(new List<object?>()); break; // EMPTY_LIST
            case (byte)'a': Append([Pop()]); break; // APPEND
            case (byte)'e': Append(PopMark()); break; // APPENDS
            case (byte)')': Push(Array.Empty<object?>()); break; // EMPTY_TUPLE
            case 0x85: Push(new[] { Pop() }); break; // TUPLE1
            case 0x86: PushTuple(2); break; // TUPLE2
            case 0x87: PushTuple(3); break; // TUPLE3
            case (byte)'t': Push(PopMark().ToArray()); break; // TUPLE
            case (byte)'}': Push(new PickleDict()); break; // EMPTY_DICT
            case (byte)'s': SetItems(PopLast(2)); break; // SETITEM
            case (byte)'u': SetItems(PopMark()); break; // SETITEMS
            case 0x8f: Push(PickleInert.Value); break; // EMPTY_SET
            case 0x90: PopMark(); Expect(Top() is PickleInert, "ADDITEMS"); break; // ADDITEMS
            case 0x91: PopMark(); Push(PickleInert.Value); break; // FROZENSET
            case (byte)'h': Recall(_input.Byte()); break; // BINGET
            case (byte)'j': Recall(_input.UInt32()); break; // LONG_BINGET
            case (byte)'q': Memorise(_input.Byte()); break; // BINPUT
            case (byte)'r': Memorise(_input.UInt32()); break; // LONG_BINPUT
            case 0x94: Memorise((uint)_memo.Count); break; // MEMOIZE
            case (byte)'c': PushName(_input.Line(), _input.Line()); break; // GLOBAL
            case 0x93: StackName(); break; // STACK_GLOBAL
            case (byte)'Q': Push(Storage(Pop())); break; // BINPERSID
            case (byte)'R' or 0x81: Call(); break; // REDUCE, NEWOBJ
            case (byte)'b': Build(); break; // BUILD
            default:
                throw _input.Bad(RefusedInstructions.TryGetValue(instruction, out string? name)
                    ? $"The pickle has the instruction {name} at byte {start}, which no checkpoint needs."
                    : $"Byte {start} ({instruction:X2}) is not a pickle instruction.");
        }
    }

    private void PushName(string module, string name)
    {
        var global = new PickleName(module == "__builtin__" ? "builtins" : module, name);
        if (PickleGlobals.Find(global) is null)
        {
            throw _input.Bad(
                $"It refers to '{Shorten(global.ToString())}', which is not among the names that build tensors. " +
                "Such a file could run any code in a program that trusts it.",
                "Don't open it elsewhere; look for a .safetensors version of the model.");
        }
        Push(global);
    }

    private void StackName()
    {
        object? name = Pop(), module = Pop();
        if (name is not string n || module is not string m) throw _input.Damaged("STACK_GLOBAL");
        PushName(m, n);
    }

    private void Call()
    {
        object? arguments = Pop(), callee = Pop();
        if (callee is not PickleName name || arguments is not object?[] values) throw _input.Damaged("REDUCE");
        Push(PickleGlobals.Find(name) switch
        {
            PickleCall.Dictionary => Dictionary(values),
            PickleCall.ParameterDictionary => new PickleDict(),
            PickleCall.Tensor => Tensor(values),
            PickleCall.Parameter => values is [PickleTensor tensor, ..] ? tensor : throw _input.Damaged("a parameter"),
            PickleCall.Inert => PickleInert.Value,
            _ => throw _input.Bad($"It calls '{name}', which builds no tensor.", "Look for a .safetensors version of the model."),
        });
    }

    /// <summary>OrderedDict() or OrderedDict([(key, value), ..]).</summary>
    private PickleDict Dictionary(object?[] arguments)
    {
        var dict = new PickleDict();
        if (arguments.Length == 0) return dict;
        if (arguments is not [List<object?> pairs]) throw _input.Damaged("a dict");
        foreach (object? pair in pairs)
        {
            if (pair is not IReadOnlyList<object?> { Count: 2 } two) throw _input.Damaged("a dict");
            AddItem(dict, two[0], two[1]);
        }
        return dict;
    }

    /// <summary>(storage, offset, size, stride, ..).</summary>
    private PickleTensor Tensor(object?[] arguments)
    {
        if (arguments is not [PickleStorage storage, long offset, object?[] shape, object?[] strides, ..]
            || shape.Length != strides.Length || shape.Length > 16
            || !Array.TrueForAll(shape, s => s is long) || !Array.TrueForAll(strides, s => s is long)) throw _input.Damaged("a tensor");
        Charge(96 + 16 * shape.Length);
        return new PickleTensor(storage, offset, Array.ConvertAll(shape, s => (long)s!), Array.ConvertAll(strides, s => (long)s!));
    }

    /// <summary>("storage", class, key, device, element count, ..).</summary>
    private PickleStorage Storage(object? id)
    {
        if (id is not object?[] parts || parts is not ["storage", PickleName type, string key, _, long count, .. var rest] || count < 0)
            throw _input.Damaged("a storage");
        if (PickleGlobals.StorageDtype(type) is not { } dtype) throw _input.Bad($"The storage class '{type}' is not read.");
        if (rest is [not null, ..]) throw _input.Bad("It has a storage that is a view of another, as only torch before 0.4 wrote them.");
        var storage = new PickleStorage(key, dtype, count);
        _onStorage?.Invoke(storage);
        return storage;
    }

    private void Build()
    {
        object? state = Pop(), target = Top();
        if (target is PickleName name) throw _input.Bad($"It builds an object of '{name}'.", "Look for a .safetensors version of the model.");
        if (target is not (PickleDict or PickleInert)) throw _input.Damaged("BUILD");
        // The parameters of a ParameterDict are in its state; an OrderedDict's attributes are of no use here.
        if (target is PickleDict dict && state is PickleDict attributes && attributes.Find("_parameters") is PickleDict parameters
            && parameters != dict)
            foreach (var (key, value) in parameters.Items) AddItem(dict, key, value);
    }

    private void Append(List<object?> items)
    {
        if (Top() is PickleInert) return;
        if (Top() is not List<object?> list) throw _input.Damaged("APPENDS");
        Charge(16 * items.Count);
        list.AddRange(items);
    }

    private void SetItems(List<object?> items)
    {
        if (Top() is PickleInert) return;
        if (Top() is not PickleDict dict || items.Count % 2 != 0) throw _input.Damaged("SETITEMS");
        for (int i = 0; i < items.Count; i += 2) AddItem(dict, items[i], items[i + 1]);
    }

    private void AddItem(PickleDict dict, object? key, object? value)
    {
        Charge(32);
        dict.Items.Add(new(key, value));
    }

    private void Push(object? value)
    {
        Charge(value switch
        {
            null or bool or PickleInert => 16,
            string text => 48 + 2 * text.Length,
            object?[] tuple => 48 + 8 * tuple.Length,
            PickleDict or List<object?> => 112,
            _ => 80,
        });
        _stack.Add(value);
    }

    private void PushTuple(int count) => Push(PopLast(count).ToArray());

    private object? Pop() => PopLast(1)[0];

    private List<object?> PopLast(int count)
    {
        if (_stack.Count < count) throw _input.Damaged("the stack");
        var last = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return last;
    }

    private object? Top() => _stack.Count > 0 ? _stack[^1] : throw _input.Damaged("the stack");

    private List<object?> PopMark()
    {
        if (!_outer.TryPop(out var outer)) throw _input.Damaged("MARK");
        var items = _stack;
        _stack = outer;
        return items;
    }

    private void Memorise(uint index)
    {
        Charge(64);
        _memo[index] = Top();
    }

    private void Recall(uint index)
    {
        Charge(16);
        _stack.Add(_memo.TryGetValue(index, out object? value) ? value : throw _input.Damaged("the memo"));
    }

    private static object Integer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLongBytes) return PickleInert.Value;
        var value = new BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : value;
    }

    private void Charge(long bytes) => _memory += bytes;

    private void Expect(bool holds, string what)
    {
        if (!holds) throw _input.Damaged(what);
    }

    private static string Shorten(string text) => text.Length <= 200 ? text : $"{text[..200]}...";
}
