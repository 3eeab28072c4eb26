using System.Reflection;
using System.Text.RegularExpressions;

namespace Mesh.Cli.Install;

/// <summary>The manifests under <c>k8s/</c>, which are part of this program, with their <c>${NAME}</c> placeholders filled in.</summary>
internal static partial class ManifestResources
{
    /// <param name="folder">Such as <c>crds</c>; its files in the order of their names, the namespace first.</param>
    /// <param name="values">By placeholder.</param>
    /// <returns>YAML documents, each file after a line <c>---</c>, comments kept.</returns>
    /// <exception cref="InvalidOperationException">A manifest has a placeholder without a value: a mistake in this program.</exception>
    public static string Render(string folder, IReadOnlyDictionary<string, string> values)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"k8s/{folder}/";
        var names = assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(n => n.EndsWith("/namespace.yaml", StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(n => n, StringComparer.Ordinal);
        return string.Concat(names.Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return "---\n" + Fill(reader.ReadToEnd(), values, name).TrimEnd('\n') + "\n";
        }));
    }

    internal static string Fill(string template, IReadOnlyDictionary<string, string> values, string name) =>
        Placeholder().Replace(template, match =>
            values.TryGetValue(match.Groups[1].Value, out var value)
                ? value
                : throw new InvalidOperationException($"{name} has the placeholder {match.Value}, for which there is no value."));

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Placeholder();
}
