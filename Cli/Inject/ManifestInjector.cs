using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Workloads;
using Mesh.Kubernetes;
using YamlDotNet.RepresentationModel;

namespace Mesh.Cli.Inject;

/// <summary>
/// Adds annotations to the pods of workloads and to namespaces. Each document is edited as text, so that comments, order and quoting stay; only
/// where the YAML gives no place for a line (flow style, lists of objects, JSON) is it written anew.
/// </summary>
internal static class ManifestInjector
{
    public const string OpaquePorts = "config.linkerd.io/opaque-ports";

    /// <exception cref="FormatException">It is not YAML.</exception>
    public static InjectionResult Inject(string text, IReadOnlyDictionary<string, string> annotations)
    {
        // Finds mistakes before anything is printed, with lines counted from the beginning.
        KubernetesYaml.Read(text);
        var output = new StringBuilder();
        var report = new List<string>();
        foreach (var document in YamlDocuments.Split(text))
        {
            var json = KubernetesYaml.Read(document).FirstOrDefault();
            if (json is null)
            {
                output.Append(document);
                continue;
            }
            if (json is not JsonObject manifest)
            {
                throw new FormatException("not a manifest: a document is not a mapping with apiVersion and kind.");
            }
            output.Append(Document(document, manifest, annotations, report));
        }
        return new InjectionResult(output.ToString(), report);
    }

    private static string Document(string text, JsonObject manifest, IReadOnlyDictionary<string, string> annotations, List<string> report)
    {
        if (Text(manifest["kind"]) == "List" && manifest["items"] is JsonArray items)
        {
            foreach (var item in items.OfType<JsonObject>())
            {
                var (itemPath, itemAnnotations) = Plan(item, annotations, report);
                SetInJson(item, itemPath, itemAnnotations);
            }
            return "---\n" + KubernetesYaml.Write(manifest);
        }
        var (path, wanted) = Plan(manifest, annotations, report);
        if (wanted.Count == 0)
        {
            return text;
        }
        if (AnnotationText.TryAdd(text, path, wanted) is { } edited)
        {
            return edited;
        }
        SetInJson(manifest, path, wanted);
        return (text.StartsWith("---", StringComparison.Ordinal) ? "---\n" : "") + KubernetesYaml.Write(manifest);
    }

    /// <summary>Which annotations an object gets, and below which path its metadata is.</summary>
    private static (IReadOnlyList<string> Path, IReadOnlyDictionary<string, string> Annotations) Plan(
        JsonObject manifest, IReadOnlyDictionary<string, string> annotations, List<string> report)
    {
        var none = new Dictionary<string, string>();
        var kind = Text(manifest["kind"]);
        var label = $"{kind.ToLowerInvariant()} \"{Text((manifest["metadata"] as JsonObject)?["name"])}\"";
        if (kind == "Service" && annotations.TryGetValue(OpaquePorts, out var opaque))
        {
            report.Add($"{label} annotated");
            return ([], new Dictionary<string, string> { [OpaquePorts] = opaque });
        }
        if (WorkloadKind.OfManifest(kind) is not { } workload)
        {
            report.Add($"{label} skipped");
            return ([], none);
        }
        var target = (JsonNode?)manifest;
        foreach (var field in workload.TemplatePath)
        {
            target = (target as JsonObject)?[field];
        }
        if (target is not JsonObject template)
        {
            report.Add($"{label} skipped: it has no pod template");
            return ([], none);
        }
        var given = (template["metadata"] as JsonObject)?["annotations"] as JsonObject;
        if (Text(given?[MeshNames.InjectAnnotation]) == "disabled")
        {
            report.Add($"{label} skipped: it says {MeshNames.InjectAnnotation}: disabled");
            return ([], none);
        }
        if ((template["spec"] as JsonObject)?["hostNetwork"] is JsonValue hostNetwork && hostNetwork.TryGetValue<bool>(out var shares) && shares)
        {
            report.Add($"{label} skipped: with hostNetwork: true its pods share their node's network and cannot be told apart there");
            return ([], none);
        }
        report.Add($"{label} injected");
        return (workload.TemplatePath, annotations);
    }

    private static void SetInJson(JsonObject manifest, IReadOnlyList<string> path, IReadOnlyDictionary<string, string> annotations)
    {
        if (annotations.Count == 0)
        {
            return;
        }
        var target = manifest;
        foreach (var field in (string[])[.. path, "metadata", "annotations"])
        {
            if (target[field] is not JsonObject next)
            {
                target[field] = next = [];
            }
            target = next;
        }
        foreach (var (name, value) in annotations)
        {
            target[name] = value;
        }
    }

    private static string Text(JsonNode? node) => node?.ToString() ?? "";
}
