using CsCheck;
using Darkroom.Text.Unicode;

namespace Darkroom.Tests.Text;

public class NormalFormsTests
{
    private static readonly Gen<string> Marked = Gen.OneOf(
        Gen.Char['a', 'z'], Gen.Char['\u00C0', '\u017F'], Gen.Char['\u0300', '\u0345'], Gen.Char['\u1100', '\u1175'], Gen.Char['\u11A7', '\u11C2'],
        Gen.Char['\uAC00', '\uD7A3'], Gen.Char['\u0900', '\u0DFF'], Gen.Char['\u1E00', '\u1FFF']).Array[0, 20].Select(c => new string(c));

    // Property: composing is idempotent, and keeps what the text decomposes to.
    [Fact]
    public void Composition_keeps_the_decomposition() => Marked.Sample(text =>
    {
        string composed = NormalForms.Compose(text);
        Assert.Equal(composed, NormalForms.Compose(composed));
        Assert.Equal(NormalForms.Decompose(text), NormalForms.Decompose(composed));
    }, iter: 5000);

    // Property: examples of the standard: marks in canonical order, blocked marks, exclusions, singletons, Hangul.
    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("a\u0323\u0302", "\u1EAD")]
    [InlineData("a\u0302\u0323", "\u1EAD")]
    [InlineData("a\u0328\u0301\u0300", "\u0105\u0301\u0300")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("\uD834\uDD5E", "\uD834\uDD57\uD834\uDD65")]
    public void Examples_of_form_C(string text, string composed) => Assert.Equal(composed, NormalForms.Compose(text));

    // Property: half of a surrogate pair becomes U+FFFD.
    [Fact]
    public void Half_a_pair_is_replaced() => Assert.Equal("a\uFFFDb", NormalForms.Compose("a\uD800b"));
}
