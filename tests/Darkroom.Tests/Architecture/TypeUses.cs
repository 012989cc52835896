using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Darkroom.Tests.Architecture;

/// <summary>One type that uses another: both by full name, and the assembly of the one used where it is not this one.</summary>
public sealed record TypeUse(string User, string Used, string? Assembly);

/// <summary>
/// Reads from a compiled assembly which types use which: bases, interfaces, signatures, attributes and the bodies of methods.
/// What compilers generate inside a type counts as that type's. Constants and nameof leave no trace and are not seen.
/// </summary>
public static class TypeUses
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (int)(ushort)o.Value);

    public static IReadOnlyCollection<TypeUse> Of(string assemblyPath)
    {
        using var portable = new PEReader(File.OpenRead(assemblyPath));
        var reader = portable.GetMetadataReader();
        var uses = new HashSet<TypeUse>();
        foreach (var handle in reader.TypeDefinitions)
        {
            string user = Outermost(reader, handle);
            foreach (var used in UsedBy(portable, reader, reader.GetTypeDefinition(handle)))
            {
                var use = used.Kind == HandleKind.TypeDefinition
                    ? new TypeUse(user, Outermost(reader, (TypeDefinitionHandle)used), null)
                    : Outside(reader, user, (TypeReferenceHandle)used);
                if (use.User != use.Used) uses.Add(use);
            }
        }
        return uses;
    }

    private static HashSet<EntityHandle> UsedBy(PEReader portable, MetadataReader reader, TypeDefinition type)
    {
        var collector = new Collector(reader);
        collector.Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations()) collector.Add(reader.GetInterfaceImplementation(implemented).Interface);
        Constraints(type.GetGenericParameters());
        Attributes(type.GetCustomAttributes());
        foreach (var field in type.GetFields().Select(reader.GetFieldDefinition))
        {
            field.DecodeSignature(collector, null);
            Attributes(field.GetCustomAttributes());
        }
        foreach (var property in type.GetProperties()) Attributes(reader.GetPropertyDefinition(property).GetCustomAttributes());
        foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition))
        {
            method.DecodeSignature(collector, null);
            Constraints(method.GetGenericParameters());
            Attributes(method.GetCustomAttributes());
            if (method.RelativeVirtualAddress != 0) Body(portable.GetMethodBody(method.RelativeVirtualAddress));
        }
        return collector.Found;

        void Attributes(CustomAttributeHandleCollection attributes)
        {
            foreach (var attribute in attributes) collector.Add(reader.GetCustomAttribute(attribute).Constructor);
        }

        void Constraints(GenericParameterHandleCollection parameters)
        {
            foreach (var parameter in parameters)
                foreach (var constraint in reader.GetGenericParameter(parameter).GetConstraints())
                    collector.Add(reader.GetGenericParameterConstraint(constraint).Type);
        }

        void Body(MethodBodyBlock body)
        {
            if (!body.LocalSignature.IsNil) reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(collector, null);
            foreach (var region in body.ExceptionRegions) collector.Add(region.CatchType);
            foreach (int token in Tokens(body.GetILReader())) collector.Add(MetadataTokens.EntityHandle(token));
        }
    }

    // ECMA-335, III.1.9: the operands that are metadata tokens; all others are skipped by their size.
    private static List<int> Tokens(BlobReader code)
    {
        var tokens = new List<int>();
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xfe) value = 0xfe00 | code.ReadByte();
            switch (OpCodesByValue[value].OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    tokens.Add(code.ReadInt32());
                    break;
                case OperandType.InlineSwitch:
                    int targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }
        return tokens;
    }

    private static string Outermost(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } outer ? Outermost(reader, outer) : Name(reader, type.Namespace, type.Name);
    }

    private static TypeUse Outside(MetadataReader reader, string user, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        string? assembly = type.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) : null;
        return new TypeUse(user, Name(reader, type.Namespace, type.Name), assembly);
    }

    private static string Name(MetadataReader reader, StringHandle space, StringHandle name) =>
        space.IsNil ? reader.GetString(name) : $"{reader.GetString(space)}.{reader.GetString(name)}";

    /// <summary>Gathers the types behind handles and signatures.</summary>
    private sealed class Collector(MetadataReader reader) : ISignatureTypeProvider<object?, object?>
    {
        public HashSet<EntityHandle> Found { get; } = [];

        public void Add(EntityHandle handle)
        {
            if (handle.IsNil) return;
            switch (handle.Kind)
            {
                case HandleKind.TypeDefinition or HandleKind.TypeReference:
                    Found.Add(handle);
                    break;
                case HandleKind.TypeSpecification:
                    reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                    break;
                case HandleKind.FieldDefinition:
                    Add(reader.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MethodDefinition:
                    Add(reader.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                    break;
                case HandleKind.MethodSpecification:
                    var specification = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                    specification.DecodeSignature(this, null);
                    Add(specification.Method);
                    break;
                case HandleKind.MemberReference:
                    var member = reader.GetMemberReference((MemberReferenceHandle)handle);
                    Add(member.Parent);
                    if (member.GetKind() == MemberReferenceKind.Field) member.DecodeFieldSignature(this, null);
                    else member.DecodeMethodSignature(this, null);
                    break;
                default:
                    throw new NotSupportedException($"A {handle.Kind} is not known to the architecture test.");
            }
        }

        public object? GetTypeFromDefinition(MetadataReader metadata, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            Found.Add(handle);
            return null;
        }

        public object? GetTypeFromReference(MetadataReader metadata, TypeReferenceHandle handle, byte rawTypeKind)
        {
            Found.Add(handle);
            return null;
        }

        public object? GetTypeFromSpecification(MetadataReader metadata, object? context, TypeSpecificationHandle handle, byte rawTypeKind)
        {
            Add(handle);
            return null;
        }

        // The parts of composed types have been collected by the calls above before these are made.
        public object? GetArrayType(object? elementType, ArrayShape shape) => null;

        public object? GetByReferenceType(object? elementType) => null;

        public object? GetFunctionPointerType(MethodSignature<object?> signature) => null;

        public object? GetGenericInstantiation(object? genericType, ImmutableArray<object?> typeArguments) => null;

        public object? GetGenericMethodParameter(object? context, int index) => null;

        public object? GetGenericTypeParameter(object? context, int index) => null;

        public object? GetModifiedType(object? modifier, object? unmodifiedType, bool isRequired) => null;

        public object? GetPinnedType(object? elementType) => null;

        public object? GetPointerType(object? elementType) => null;

        public object? GetPrimitiveType(PrimitiveTypeCode typeCode) => null;

        public object? GetSZArrayType(object? elementType) => null;
    }
}
