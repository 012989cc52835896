using CsCheck;
using Darkroom.Cli.Options;

namespace Darkroom.Tests.Cli;

public class OptionParserTests
{
    // Property: a number in range is read as it is, and one out of range is refused with the range.
    [Fact]
    public void Integers_keep_to_their_range() => Gen.Int[-50, 50].Sample(value =>
    {
        var parse = OptionParsers.Integer(-10, 10);
        if (value is >= -10 and <= 10) Assert.Equal(value, parse($"{value}"));
        else Assert.Contains("not from -10 to 10", Assert.Throws<OptionValueException>(() => parse($"{value}")).Message, StringComparison.Ordinal);
    });

    // Property: what is no number is refused, whatever the language of the machine.
    [Theory]
    [InlineData("1,5")]
    [InlineData("NaN")]
    [InlineData("infinity")]
    [InlineData("")]
    [InlineData("0x10")]
    public void No_numbers_are_refused(string text)
    {
        Assert.Throws<OptionValueException>(() => OptionParsers.Number(double.MinValue, double.MaxValue)(text));
        Assert.Throws<OptionValueException>(() => OptionParsers.Integer(int.MinValue, int.MaxValue)(text));
    }

    // Property: seeds go from 0 to the largest 63-bit number; random and A1111's -1 leave the choice to the program.
    [Fact]
    public void Seeds()
    {
        Assert.Equal(42, OptionParsers.Seed("42"));
        Assert.Equal(long.MaxValue, OptionParsers.Seed("9223372036854775807"));
        Assert.Null(OptionParsers.Seed("-1"));
        Assert.Null(OptionParsers.Seed("Random"));
        Assert.Throws<OptionValueException>(() => OptionParsers.Seed("-2"));
        Assert.Throws<OptionValueException>(() => OptionParsers.Seed("9223372036854775808"));
    }

    // Property: choices are read in any case, and another word is answered with what there is and what was meant.
    [Fact]
    public void Choices()
    {
        var parse = OptionParsers.Choice(["f32", "bf16", "f16", "auto"]);
        Assert.Equal("bf16", parse("BF16"));
        string message = Assert.Throws<OptionValueException>(() => parse("bf61")).Message;
        Assert.Contains("f32, bf16, f16, auto", message, StringComparison.Ordinal);
        Assert.Contains("Did you mean bf16?", message, StringComparison.Ordinal);
    }
}
