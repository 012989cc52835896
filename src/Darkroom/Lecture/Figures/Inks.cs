using ScottPlot;

namespace Darkroom.Lecture.Figures;

/// <summary>Colours that readers with any colour vision can tell apart.</summary>
/// <remarks>Okabe and Ito, "Color Universal Design".</remarks>
internal static class Inks
{
    public static Color Blue { get; } = Color.FromHex("#0072B2");

    public static Color Orange { get; } = Color.FromHex("#E69F00");

    public static Color Green { get; } = Color.FromHex("#009E73");

    public static Color Vermilion { get; } = Color.FromHex("#D55E00");

    public static Color Purple { get; } = Color.FromHex("#CC79A7");

    public static Color Sky { get; } = Color.FromHex("#56B4E9");

    public static Color Black { get; } = Colors.Black;

    /// <summary>For what stands behind.</summary>
    public static Color Faint { get; } = Color.FromHex("#C8C8C8");

    /// <summary>In the order of use.</summary>
    public static IReadOnlyList<Color> Series { get; } = [Blue, Vermilion, Green, Purple, Orange, Sky, Black];
}
