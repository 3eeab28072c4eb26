using System.Diagnostics.CodeAnalysis;

namespace Orleans
{
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
    public sealed class GenerateSerializerAttribute : Attribute;

    [AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
    public sealed class IdAttribute(uint id) : Attribute { public uint Id => id; }

    [AttributeUsage(AttributeTargets.All, AllowMultiple = false)]
    public sealed class AliasAttribute(string alias) : Attribute { public string Alias => alias; }

    [AttributeUsage(AttributeTargets.All)]
    public sealed class ImmutableAttribute : Attribute;

    public interface IGrain : Orleans.Runtime.IAddressable;
    public interface IGrainWithStringKey : IGrain;
    public interface IGrainObserver : Orleans.Runtime.IAddressable;
}

namespace Orleans.Runtime
{
    public interface IAddressable;
}
namespace Orleans.Hosting { public interface ISiloBuilder; }
