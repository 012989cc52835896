namespace Darkroom.Samplers;

/// <summary>Lagrange polynomials, by which multistep methods interpolate.</summary>
internal static class Polynomials
{
    /// <summary>The coefficients, lowest first, of the polynomial that is 1 at node j and 0 at the others.</summary>
    public static double[] Lagrange(ReadOnlySpan<double> nodes, int j)
    {
        double[] polynomial = [1];
        for (int k = 0; k < nodes.Length; k++)
        {
            if (k == j) continue;
            double scale = 1 / (nodes[j] - nodes[k]);
            var product = new double[polynomial.Length + 1];
            for (int n = 0; n < polynomial.Length; n++)
            {
                product[n + 1] += scale * polynomial[n];
                product[n] -= scale * nodes[k] * polynomial[n];
            }
            polynomial = product;
        }
        return polynomial;
    }
}
