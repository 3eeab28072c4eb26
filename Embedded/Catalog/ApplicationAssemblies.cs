using System.Reflection;

namespace Orleans.Embedded.Catalog;

/// <summary>Finds the assemblies of a program that use this engine: only they can hold grains.</summary>
internal static class ApplicationAssemblies
{
    /// <summary>What is loaded, and what that refers to, as far as it refers to this assembly itself.</summary>
    public static IReadOnlyCollection<Assembly> Find()
    {
        var self = typeof(ApplicationAssemblies).Assembly;
        var found = new Dictionary<string, Assembly>(StringComparer.Ordinal);
        var open = new Queue<Assembly>(AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic));
        while (open.TryDequeue(out var assembly))
        {
            var references = assembly.GetReferencedAssemblies();
            if (references.All(reference => reference.Name != self.GetName().Name) || !found.TryAdd(assembly.FullName!, assembly))
            {
                continue;
            }
            foreach (var reference in references.Where(MayHoldGrains))
            {
                try
                {
                    open.Enqueue(Assembly.Load(reference));
                }
                catch (FileNotFoundException)
                {
                    // Not shipped with the program, so it has no grains of it.
                }
            }
        }
        return found.Values;
    }

    private static bool MayHoldGrains(AssemblyName name) =>
        name.Name is not ("netstandard" or "mscorlib")
        && !name.Name!.StartsWith("System.", StringComparison.Ordinal) && !name.Name.StartsWith("Microsoft.", StringComparison.Ordinal);
}
