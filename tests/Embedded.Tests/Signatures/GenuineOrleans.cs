using System.Reflection;
using System.Runtime.InteropServices;

namespace Mesh.Embedded.Tests.Signatures;

/// <summary>Microsoft's assemblies, as metadata.</summary>
internal sealed class GenuineOrleans : IDisposable
{
    private readonly MetadataLoadContext _context;
    private readonly Dictionary<string, Type> _types;

    public GenuineOrleans()
    {
        var packages = typeof(GenuineOrleans).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == nameof(GenuineOrleans)).Value!
            .Split(';').SelectMany(folder => Directory.GetFiles(folder, "*.dll")).ToArray();
        var embedded = typeof(Grain).Assembly.Location;
        var framework = Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll");
        var extensions = Directory.GetFiles(
            Path.GetDirectoryName(typeof(Microsoft.Extensions.Hosting.IHost).Assembly.Location)!, "Microsoft.*.dll");
        _context = new MetadataLoadContext(
            new PathAssemblyResolver([.. packages, embedded, .. framework, .. extensions]), "System.Private.CoreLib");
        Embedded = _context.LoadFromAssemblyPath(embedded);
        _types = packages.Select(_context.LoadFromAssemblyPath)
            .SelectMany(assembly => assembly.GetTypes()).Where(type => type.IsVisible)
            .ToDictionary(type => type.FullName!, StringComparer.Ordinal);
    }

    /// <summary>This project's engine, in the same form.</summary>
    public Assembly Embedded { get; }

    public Type? Find(string fullName) => _types.GetValueOrDefault(fullName);

    public void Dispose() => _context.Dispose();
}
