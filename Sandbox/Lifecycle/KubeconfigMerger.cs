using Mesh.Sandbox.Network;
using YamlDotNet.RepresentationModel;

namespace Mesh.Sandbox.Lifecycle;

/// <summary>
/// Puts the sandbox's contexts into the person's own kubeconfig and takes them out again. Entries of that name which are not a
/// sandbox's are never touched, and neither is anything else in the file.
/// </summary>
internal static class KubeconfigMerger
{
    private static readonly string[] Sections = ["clusters", "contexts", "users"];

    /// <summary>The file kubectl would write to: the first of $KUBECONFIG, else ~/.kube/config.</summary>
    public static string DefaultPath()
    {
        var first = (Environment.GetEnvironmentVariable("KUBECONFIG") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return first ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
    }

    /// <exception cref="SandboxException">A context, cluster or user of one of the names exists and is somebody else's.</exception>
    public static void RequireFree(string path, IEnumerable<string> names)
    {
        var root = Load(path);
        foreach (var name in names)
        {
            if (Sections.Any(s => Find(root, s, name) is not null) && OwnerOf(root, name) is null)
            {
                throw new SandboxException(
                    $"{path} already has a context, cluster or user '{name}' that is not a sandbox's. Rename it " +
                    $"(kubectl config rename-context {name} …), choose other names with --clusters, or leave your file alone with --no-merge-kubeconfig.");
            }
        }
    }

    /// <summary>Adds or replaces the sandbox's entries. A current context that exists stays.</summary>
    public static void Merge(string path, string kubeconfig)
    {
        var addition = Parse(kubeconfig, "the sandbox's kubeconfig");
        RequireFree(path, Names(addition, "contexts"));
        var root = Load(path);
        foreach (var section in Sections)
        {
            foreach (var entry in Entries(addition, section))
            {
                Remove(root, section, NameOf(entry));
                Section(root, section).Add(entry);
            }
        }
        if (Text(root, "current-context") is null or "")
        {
            root.Children["current-context"] = new YamlScalarNode(Text(addition, "current-context"));
        }
        root.Children.TryAdd("apiVersion", new YamlScalarNode("v1"));
        root.Children.TryAdd("kind", new YamlScalarNode("Config"));
        Save(path, root);
    }

    /// <summary>Removes the entries of the sandbox with that state directory; a file left with nothing in it is deleted.</summary>
    public static void Remove(string path, string stateDirectory)
    {
        // Not even read as YAML when nothing of any sandbox is in it: a broken file must not keep a sandbox from going away.
        if (!File.Exists(path) || !File.ReadAllText(path).Contains(stateDirectory, StringComparison.Ordinal))
        {
            return;
        }
        var root = Load(path);
        var names = Names(root, "clusters").Where(n => OwnerOf(root, n) == stateDirectory).ToList();
        if (names.Count == 0)
        {
            return;
        }
        foreach (var name in names)
        {
            foreach (var section in Sections)
            {
                Remove(root, section, name);
            }
        }
        if (names.Contains(Text(root, "current-context") ?? ""))
        {
            root.Children["current-context"] = new YamlScalarNode(Names(root, "contexts").FirstOrDefault() ?? "");
        }
        if (Sections.All(s => Entries(root, s).Count == 0))
        {
            File.Delete(path);
            var directory = Path.GetDirectoryName(path)!;
            if (Path.GetFileName(directory) == ".kube" && !Directory.EnumerateFileSystemEntries(directory).Any())
            {
                Directory.Delete(directory);
            }
            return;
        }
        Save(path, root);
    }

    private static YamlMappingNode Load(string path) =>
        File.Exists(path) ? Parse(File.ReadAllText(path), path) : [];

    private static YamlMappingNode Parse(string text, string source)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? [] : stream.Documents[0].RootNode as YamlMappingNode ?? [];
        }
        catch (YamlDotNet.Core.YamlException exception)
        {
            throw new SandboxException(
                $"{source} is not readable as YAML ({exception.Message}). Repair it, or leave it alone with --no-merge-kubeconfig.", exception);
        }
    }

    private static void Save(string path, YamlMappingNode root)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var target = File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        var mode = File.Exists(target) ? File.GetUnixFileMode(target) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = target + ".mesh-sandbox.tmp";
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
        using (var writer = new StreamWriter(file))
        {
            new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
        }
        File.Move(temporary, target, overwrite: true);
    }

    private static string? OwnerOf(YamlMappingNode root, string name) =>
        Find(root, "clusters", name) is { } entry && Child(entry, "cluster") is { } cluster &&
        cluster.Children.TryGetValue("extensions", out var node) && node is YamlSequenceNode extensions &&
        extensions.OfType<YamlMappingNode>().FirstOrDefault(e => NameOf(e) == Kubeconfig.OwnerExtension) is { } extension
            ? Text(Child(extension, "extension") ?? [], "state")
            : null;

    private static YamlSequenceNode Section(YamlMappingNode root, string section)
    {
        if (root.Children.TryGetValue(section, out var node) && node is YamlSequenceNode list)
        {
            list.Style = YamlDotNet.Core.Events.SequenceStyle.Block;
            return list;
        }
        var created = new YamlSequenceNode();
        root.Children[section] = created;
        return created;
    }

    private static List<YamlMappingNode> Entries(YamlMappingNode root, string section) =>
        root.Children.TryGetValue(section, out var node) && node is YamlSequenceNode list ? [.. list.OfType<YamlMappingNode>()] : [];

    private static YamlMappingNode? Find(YamlMappingNode root, string section, string name) =>
        Entries(root, section).FirstOrDefault(e => NameOf(e) == name);

    private static void Remove(YamlMappingNode root, string section, string name)
    {
        if (Find(root, section, name) is { } entry)
        {
            Section(root, section).Children.Remove(entry);
        }
    }

    private static IEnumerable<string> Names(YamlMappingNode root, string section) => Entries(root, section).Select(NameOf);

    private static string NameOf(YamlMappingNode entry) => Text(entry, "name") ?? "";

    private static YamlMappingNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var child) ? child as YamlMappingNode : null;

    private static string? Text(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out var child) ? (child as YamlScalarNode)?.Value : null;
}
