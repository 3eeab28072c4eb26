using System.Text.Json.Nodes;

namespace Mesh.Kubernetes.Configuration;

/// <summary>
/// One or several kubeconfig files, merged as kubectl does: of everything with a name the first wins, and so does the first current
/// context. Paths in a file are relative to that file.
/// </summary>
public sealed class Kubeconfig
{
    private readonly Dictionary<string, KubeconfigEntry> _clusters = [];
    private readonly Dictionary<string, KubeconfigEntry> _users = [];
    private readonly Dictionary<string, KubeconfigEntry> _contexts = [];
    private readonly IReadOnlyList<string> _files;

    private Kubeconfig(IReadOnlyList<string> files) => _files = files;

    /// <summary>Null when no file names one.</summary>
    public string? CurrentContext { get; private set; }

    /// <summary>Names of all contexts, sorted.</summary>
    public IReadOnlyList<string> Contexts => [.. _contexts.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Reads <paramref name="path"/>, or the files that <c>KUBECONFIG</c> lists, or <c>~/.kube/config</c>.</summary>
    /// <exception cref="KubernetesConfigurationException">A file is missing or broken.</exception>
    public static Kubeconfig Load(string? path = null) =>
        Load(path, Environment.GetEnvironmentVariable("KUBECONFIG"), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    internal static Kubeconfig Load(string? path, string? environment, string home)
    {
        if (!string.IsNullOrEmpty(path))
        {
            return Read([path], mustExist: true);
        }
        var listed = environment?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];
        // kubectl passes over listed files that are not there.
        return listed.Length > 0 ? Read(listed, mustExist: false) : Read([Path.Combine(home, ".kube", "config")], mustExist: false);
    }

    /// <summary>The connection that a context describes.</summary>
    /// <param name="context">Null: the current one.</param>
    /// <exception cref="KubernetesConfigurationException">There is no such context, or it cannot be used.</exception>
    public ClusterConnection Connect(string? context = null)
    {
        var name = string.IsNullOrEmpty(context) ? CurrentContext : context;
        if (string.IsNullOrEmpty(name))
        {
            throw new KubernetesConfigurationException(_contexts.Count == 0
                ? $"No cluster is configured: no context in {string.Join(", ", _files)}. Set KUBECONFIG or pass --kubeconfig."
                : $"No current context in {string.Join(", ", _files)}. Pass --context; there are: {string.Join(", ", Contexts)}.");
        }
        if (!_contexts.TryGetValue(name, out var entry))
        {
            var known = _contexts.Count == 0 ? "none" : string.Join(", ", Contexts);
            throw new KubernetesConfigurationException(
                $"The context \"{name}\" is not in {string.Join(", ", _files)}. Contexts there: {known}.");
        }
        var clusterName = entry.Text("cluster");
        if (clusterName is null || !_clusters.TryGetValue(clusterName, out var cluster))
        {
            throw new KubernetesConfigurationException(
                $"The context \"{name}\" names the cluster \"{clusterName}\", which is not in {string.Join(", ", _files)}.");
        }
        var userName = entry.Text("user");
        KubeconfigEntry? user = null;
        if (!string.IsNullOrEmpty(userName) && !_users.TryGetValue(userName, out user))
        {
            throw new KubernetesConfigurationException(
                $"The context \"{name}\" names the user \"{userName}\", which is not in {string.Join(", ", _files)}.");
        }
        return KubeconfigContext.Connect(name, cluster, user) with { Namespace = entry.Text("namespace") ?? "default" };
    }

    private static Kubeconfig Read(IReadOnlyList<string> files, bool mustExist)
    {
        var config = new Kubeconfig(files);
        foreach (var file in files)
        {
            if (File.Exists(file) || mustExist)
            {
                config.Merge(file);
            }
        }
        return config;
    }

    private void Merge(string file)
    {
        JsonNode? root;
        try
        {
            root = KubernetesYaml.Read(File.ReadAllText(file)).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KubernetesConfigurationException($"The kubeconfig {file} cannot be read: {e.Message}", e);
        }
        if (root is null)
        {
            return;
        }
        if (root is not JsonObject config)
        {
            throw new KubernetesConfigurationException($"The kubeconfig {file} is not a YAML mapping; is it another file?");
        }
        Add(config["clusters"], "cluster", _clusters);
        Add(config["users"], "user", _users);
        Add(config["contexts"], "context", _contexts);
        if (string.IsNullOrEmpty(CurrentContext))
        {
            CurrentContext = config["current-context"]?.ToString();
        }

        void Add(JsonNode? list, string kind, Dictionary<string, KubeconfigEntry> to)
        {
            foreach (var item in list as JsonArray ?? [])
            {
                if (item?["name"]?.ToString() is { Length: > 0 } name)
                {
                    to.TryAdd(name, new KubeconfigEntry(kind, name, file, item[kind] as JsonObject ?? []));
                }
            }
        }
    }
}
