using System.Text;
using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Configuration;

/// <summary>One cluster, user or context of a kubeconfig, and the file it stands in.</summary>
internal sealed record KubeconfigEntry(string Kind, string Name, string File, JsonObject Fields)
{
    public string? Text(string field) => Fields[field]?.ToString() is { Length: > 0 } text ? text : null;

    public bool Flag(string field) => Text(field) is "true";

    /// <summary>The path that a field names, relative to the kubeconfig; null when it is not given.</summary>
    public string? FilePath(string field) =>
        Text(field) is { } path ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(File))!, path) : null;

    /// <summary>The contents of <c>field-data</c> (base64), else of the file that <c>field</c> names; null when neither is given.</summary>
    public string? Contents(string field)
    {
        if (Text(field + "-data") is { } data)
        {
            try
            {
                return Encoding.UTF8.GetString(Convert.FromBase64String(data));
            }
            catch (FormatException e)
            {
                throw Invalid($"{field}-data is not base64", e);
            }
        }
        if (FilePath(field) is not { } path)
        {
            return null;
        }
        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{field} {path} cannot be read ({e.Message})", e);
        }
    }

    public KubernetesConfigurationException Invalid(string what, Exception? inner = null) =>
        new($"The {Kind} \"{Name}\" in {File} cannot be used: {what}.", inner);
}
