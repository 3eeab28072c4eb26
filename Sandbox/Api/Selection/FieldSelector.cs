using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;

namespace Mesh.Sandbox.Api.Selection;

/// <summary>A field selector of a query string, such as <c>spec.nodeName=n1,status.phase!=Failed</c>.</summary>
internal sealed class FieldSelector
{
    public static readonly FieldSelector Everything = new([]);

    private static readonly Dictionary<string, HashSet<string>> Supported = new()
    {
        ["pods"] =
        [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork", "status.phase",
            "status.podIP", "status.nominatedNodeName",
        ],
        ["events"] =
        [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid", "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        ["secrets"] = ["type"],
        ["nodes"] = ["spec.unschedulable"],
        ["namespaces"] = ["status.phase"],
        ["services"] = ["spec.clusterIP", "spec.type"],
        ["replicasets.apps"] = ["status.replicas"],
        ["jobs.batch"] = ["status.successful"],
    };

    private readonly IReadOnlyList<(string Field, bool Equal, string Value)> _terms;

    private FieldSelector(IReadOnlyList<(string Field, bool Equal, string Value)> terms) => _terms = terms;

    /// <summary>The one name wanted, when the selector asks for one.</summary>
    public string? Name => _terms.Where(t => t is { Field: "metadata.name", Equal: true }).Select(t => t.Value).FirstOrDefault();

    public bool Matches(StoredObject item)
    {
        foreach (var (field, equal, value) in _terms)
        {
            if (string.Equals(Read(item, field), value, StringComparison.Ordinal) != equal)
            {
                return false;
            }
        }
        return true;
    }

    /// <exception cref="ApiException">400: it cannot be read, or names a field that cannot be selected by.</exception>
    public static FieldSelector Parse(string? text, ResourceType type)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }
        var terms = new List<(string, bool, string)>();
        foreach (var term in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = term.IndexOf('=');
            if (at <= 0)
            {
                throw ApiErrors.BadRequest($"invalid selector: '{term}'; can't understand '{term}'");
            }
            var equal = term[at - 1] != '!';
            var field = term[..(equal ? at : at - 1)].Trim();
            var value = term[(at + 1)..].TrimStart('=').Trim();
            if (field is not ("metadata.name" or "metadata.namespace")
                && !(Supported.TryGetValue(type.Key, out var fields) && fields.Contains(field)))
            {
                throw ApiErrors.BadRequest($"field label not supported: {field}");
            }
            terms.Add((field, equal, value));
        }
        return new(terms);
    }

    private static string Read(StoredObject item, string field) => field switch
    {
        "metadata.name" => item.Name,
        "metadata.namespace" => item.Namespace,
        "source" => item.Json.Text("source", "component") ?? item.Json.Text("reportingComponent") ?? "",
        "spec.unschedulable" or "spec.hostNetwork" => Show(item.Json.At(field.Split('.')), "false"),
        "status.replicas" or "status.successful" => Show(item.Json.At(field.Split('.')), "0"),
        _ => Show(item.Json.At(field.Split('.')), ""),
    };

    private static string Show(JsonNode? node, string absent) => node is null ? absent : node.Text() ?? node.ToJsonString();
}
