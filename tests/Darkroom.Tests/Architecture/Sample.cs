// Types that break the rules on purpose, for ArchitectureTests.
#pragma warning disable CA1812, CA1823, IDE0051, CS0169
using System.ComponentModel;
using TorchSharp;

namespace Darkroom.Tests.Architecture.Sample.Schedules
{
    internal sealed class InBody
    {
        public static string Violates() => string.Join(' ', torch.empty(1).shape);
    }

    internal sealed class InLambda
    {
        public static Func<object> Violates() => () => new Samplers.Innocent();
    }

    internal sealed class InField
    {
        private readonly List<Samplers.Innocent>? _field;
    }

    internal sealed class InBase : Samplers.Innocent;

    internal sealed class InAttribute
    {
        [TypeConverter("none")]
        [Samplers.Mark]
        public static int Violates => 0;
    }

    internal sealed class InGenericCall
    {
        public static int Violates() => Array.Empty<Samplers.Innocent>().Length;
    }
}

namespace Darkroom.Tests.Architecture.Sample.Samplers
{
    internal class Innocent
    {
        public static Type Allowed() => typeof(Schedules.InField);
    }

    [AttributeUsage(AttributeTargets.All)]
    internal sealed class MarkAttribute : Attribute;
}

namespace Darkroom.Tests.Architecture.Sample.Nowhere
{
    internal sealed class WithoutRule
    {
        public static object Uses() => new Samplers.Innocent();
    }
}
