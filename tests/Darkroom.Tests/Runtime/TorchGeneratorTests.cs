using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CsCheck;
using Darkroom.Runtime;
using Darkroom.Tests.Golden;
using static TorchSharp.torch;

namespace Darkroom.Tests.Runtime;

public class TorchGeneratorTests
{
    // Property: every call sequence of the golden file gives torch's numbers: the same bits, but for normals through the C library's functions.
    [Fact]
    [Trait("Category", "Golden")]
    public void Streams_equal_torch()
    {
        var cases = GoldenData.JsonLines("text/torch-cpu-rng.jsonl").ToList();
        int verified = 0;
        foreach (var @case in cases)
        {
            var generator = new TorchGenerator(Seed(@case));
            bool known = true;
            foreach (var call in @case.GetProperty("calls").EnumerateArray())
                if (!(known = Check(generator, call))) break;
            if (known) verified++;
        }
        GoldenReport.Add("text/torch-cpu-rng", cases.Count, verified);
        Assert.True(verified > 0);
    }

    internal static long Seed(JsonElement @case) =>
        unchecked((long)(ulong)(BigInteger.Parse(@case.GetProperty("seed").GetString()!, CultureInfo.InvariantCulture) & ulong.MaxValue));

    private static bool Check(TorchGenerator generator, JsonElement call)
    {
        var expected = new GoldenNumbers(call.GetProperty("out"));
        var singles = new float[expected.Count];
        var doubles = new double[expected.Count];
        var longs = new long[expected.Count];
        switch (call.GetProperty("op").GetString(), expected.Dtype)
        {
            case ("rand", "float64"):
                generator.Rand(doubles);
                expected.AssertClose(doubles, 0);
                return true;
            case ("rand", var dtype):
                generator.Rand(singles, TypeOf(dtype));
                expected.AssertSameBits(singles);
                return true;
            case ("randn", "float64"):
                generator.Randn(doubles);
                expected.AssertClose(doubles, 1e-15);
                return true;
            case ("randn", var dtype):
                generator.Randn(singles, TypeOf(dtype));
                expected.AssertSameBits(singles);
                return true;
            case ("randint", _):
                generator.RandInt(longs, call.GetProperty("low").GetInt64(), call.GetProperty("high").GetInt64());
                expected.AssertEqual(longs);
                return true;
            case ("randperm", _):
                expected.AssertEqual(generator.RandPerm(call.GetProperty("n").GetInt32()));
                return true;
            case ("bernoulli", _):
                generator.Bernoulli(singles, call.GetProperty("p").GetDouble());
                expected.AssertSameBits(singles);
                return true;
            case ("multinomial", _):
                float[] weights = [.. call.GetProperty("weights").EnumerateArray().Select(w => w.GetSingle())];
                expected.AssertEqual(generator.Multinomial(weights, call.GetProperty("n").GetInt32(), call.GetProperty("replacement").GetBoolean()));
                return true;
            default:
                return false;
        }
    }

    private static ScalarType TypeOf(string dtype) => dtype switch
    {
        "float16" => ScalarType.Float16,
        "bfloat16" => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };

    // Property: on a processor with AVX2 float32 normals of any count of 16 and more have libtorch's bits.
    [Fact]
    public void Normals_have_the_bits_of_libtorch()
    {
        if (!System.Runtime.Intrinsics.X86.Avx2.IsSupported) Assert.Skip("libtorch draws other last bits without AVX2");
        Gen.Select(Gen.Long, Gen.Int[16, 100_000]).Sample((seed, count) =>
        {
            var values = new float[count];
            new TorchGenerator(seed).Randn(values);
            using var scope = NewDisposeScope();
            var generator = new Generator(unchecked((ulong)seed), CPU);
            Assert.Equal(randn(count, ScalarType.Float32, generator: generator).data<float>().ToArray(), values);
        }, iter: 50, threads: 1);
    }

    // Property: drawing by weights gives libtorch's indices, with and without replacement.
    [Fact]
    public void Multinomial_equals_libtorch() =>
        Gen.Select(Gen.Long, Gen.Float[0.01f, 9].Array[1, 40], Gen.Bool, Gen.Int[1, 40]).Sample((seed, weights, replacement, wanted) =>
        {
            int count = replacement ? wanted : Math.Min(wanted, weights.Length);
            using var scope = NewDisposeScope();
            var theirs = multinomial(tensor(weights), count, replacement, new Generator(unchecked((ulong)seed), CPU));
            Assert.Equal(theirs.data<long>().ToArray(), new TorchGenerator(seed).Multinomial(weights, count, replacement));
        }, iter: 300, threads: 1);

    // Property: a saved state goes on with the same numbers, whatever was drawn before, and libtorch reads and writes the same state.
    [Fact]
    public void A_saved_state_goes_on_here_and_in_libtorch()
    {
        Gen.Select(Gen.Long, Gen.Int[0, 2000], Gen.Int[0, 3]).Sample((seed, words, normals) =>
        {
            using var scope = NewDisposeScope();
            var ours = new TorchGenerator(seed);
            ours.Rand(new float[words]);
            ours.Randn(new double[normals]);
            var theirs = new Generator(unchecked((ulong)seed), CPU);
            if (words > 0) rand(words, generator: theirs);
            if (normals > 0) randn(normals, ScalarType.Float64, generator: theirs);

            var fromTheirs = TorchGenerator.FromState(theirs.get_state().data<byte>().ToArray());
            theirs.set_state(tensor(ours.SaveState()));
            var fromOurs = TorchGenerator.FromState(ours.SaveState());
            double[] expected = Draw(ours);
            Assert.Equal(expected, Draw(fromOurs));
            double[] theirDraws = Draw(fromTheirs);
            Assert.Equal(expected[..700], theirDraws[..700]);
            for (int i = 700; i < 705; i++) Assert.Equal(expected[i], theirDraws[i], 1e-14);
            double[] native = [.. rand(700, ScalarType.Float64, generator: theirs).data<double>()];
            Assert.Equal(expected[..700], native);
        }, iter: 200, threads: 1);

        static double[] Draw(TorchGenerator generator)
        {
            var numbers = new double[705];
            generator.Rand(numbers.AsSpan(0, 700));
            generator.Randn(numbers.AsSpan(700));
            return numbers;
        }
    }

    // Property: bytes that are no state are refused.
    [Fact]
    public void Other_bytes_are_refused()
    {
        Assert.Equal(ErrorKind.BadFile, Assert.Throws<DarkroomException>(() => TorchGenerator.FromState(new byte[7])).Kind);
        Assert.Throws<DarkroomException>(() => TorchGenerator.FromState(new byte[TorchGenerator.StateBytes]));
        var state = new TorchGenerator(1).SaveState();
        state[24 + 7] = 1;
        Assert.Throws<DarkroomException>(() => TorchGenerator.FromState(state));
    }
}
