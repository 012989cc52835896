using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Darkroom.Evaluation.Statistics;

/// <summary>An array of numpy's .npy format as float64.</summary>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Values">Row by row.</param>
/// <remarks>
/// numpy.lib.format: the magic, a version, the length of the header, the header (a Python dict of descr, fortran_order and shape), the bytes. Read are float32 and
/// float64 of little-endian order, versions 1 to 3; nothing is executed, object arrays are refused.
/// </remarks>
internal sealed partial record NpyArray(long[] Shape, double[] Values)
{
    private const int Alignment = 64;
    private const int MaxHeader = 10_000;

    /// <summary>Reads the bytes of a .npy file.</summary>
    /// <exception cref="DarkroomException">BadFile: damaged, or of a kind that is not read.</exception>
    public static NpyArray Parse(ReadOnlySpan<byte> file, string where)
    {
        if (file.Length < 12 || !file.StartsWith(Magic)) throw Bad("It is not an array of numpy.", where);
        int version = file[6], start = version == 1 ? 10 : 12;
        if (version is < 1 or > 3) throw Bad($"It is of version {version} of numpy's format, which is not read.", where);
        long length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (length > MaxHeader || length > file.Length - start) throw Bad("Its header is damaged.", where);
        string header = Encoding.UTF8.GetString(file.Slice(start, (int)length));
        if (Description().Match(header) is not { Success: true } kind || ShapeOf(header) is not { } shape || Order().Match(header) is not { Success: true } order)
            throw Bad("Its header is damaged.", where);
        int size = kind.Groups[1].Value switch
        {
            "<f8" => 8,
            "<f4" => 4,
            var other => throw Bad($"It holds '{other}'; float32 and float64 are read.", where),
        };
        var data = file[(start + (int)length)..];
        long room = data.Length;
        Int128 bytes = shape.Aggregate((Int128)size, (product, n) => product > room ? product : product * n);
        if (bytes != data.Length) throw Bad($"Its shape ({string.Join(", ", shape)}) does not fit its {data.Length} bytes.", where);
        double[] values = size == 8 ? MemoryMarshal.Cast<byte, double>(data).ToArray()
            : [.. MemoryMarshal.Cast<byte, float>(data).ToArray().Select(v => (double)v)];
        if (order.Groups[1].Value == "False" || shape.Length < 2) return new(shape, values);
        return shape.Length == 2 ? new(shape, ByRows(values, shape[0], shape[1])) : throw Bad("It is stored column by column, which is not read.", where);
    }

    /// <summary>Writes a .npy file of version 1, as numpy.save does for a C-contiguous float64 array.</summary>
    public void Write(Stream stream)
    {
        string shape = string.Join(", ", Shape.Select(n => n.ToString(CultureInfo.InvariantCulture))) + (Shape.Length == 1 ? "," : "");
        string header = $"{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}";
        int padded = (10 + header.Length + 1 + Alignment - 1) / Alignment * Alignment - 10;
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)padded);
        stream.Write(Magic);
        stream.Write([1, 0]);
        stream.Write(length);
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(padded - 1) + "\n"));
        stream.Write(MemoryMarshal.AsBytes(Values.AsSpan()));
    }

    private static double[] ByRows(double[] byColumns, long rows, long columns)
    {
        var values = new double[byColumns.Length];
        for (long i = 0; i < rows; i++)
        {
            for (long j = 0; j < columns; j++) values[i * columns + j] = byColumns[j * rows + i];
        }
        return values;
    }

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The sizes; null where there are none that an array of a file can have.</summary>
    private static long[]? ShapeOf(string header)
    {
        if (Sizes().Match(header) is not { Success: true } sizes) return null;
        var shape = new List<long>();
        foreach (string size in sizes.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long value) || shape.Count == 32) return null;
            shape.Add(value);
        }
        return [.. shape];
    }

    private static DarkroomException Bad(string what, string where, string? remedy = null) => new(ErrorKind.BadFile, what, where, remedy);

    [GeneratedRegex("""["']descr["']: *["']([^"']{1,20})["']""")]
    private static partial Regex Description();

    [GeneratedRegex("""["']fortran_order["']: *(True|False)""")]
    private static partial Regex Order();

    [GeneratedRegex("""["']shape["']: *\(([0-9, ]*)\)""")]
    private static partial Regex Sizes();
}
