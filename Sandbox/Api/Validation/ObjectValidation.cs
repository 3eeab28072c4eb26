using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Selection;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>The checks of built-in kinds that users run into. Returns every error, not the first.</summary>
internal static class ObjectValidation
{
    public static List<FieldError> Check(string resource, JsonObject item, JsonObject? previous)
    {
        var errors = new List<FieldError>();
        switch (resource)
        {
            case "pods":
                PodValidation.CheckSpec(item.Map("spec"), "spec", errors);
                PodValidation.CheckUpdate(item, previous, errors);
                break;
            case "services":
                CheckService(item.Map("spec") ?? [], errors);
                break;
            case "deployments.apps" or "replicasets.apps" or "statefulsets.apps" or "daemonsets.apps":
                CheckWorkload(item.Map("spec") ?? [], previous.Map("spec"), errors);
                break;
            case "endpointslices.discovery.k8s.io":
                if (item.Text("addressType") is not { } family)
                {
                    errors.Add(FieldError.Required("addressType"));
                }
                else if (family is not ("IPv4" or "IPv6" or "FQDN"))
                {
                    errors.Add(FieldError.NotSupported("addressType", family, ["FQDN", "IPv4", "IPv6"]));
                }
                break;
            case "customresourcedefinitions.apiextensions.k8s.io":
                DefinitionValidation.Check(item, errors);
                break;
            case "rolebindings.rbac.authorization.k8s.io" or "clusterrolebindings.rbac.authorization.k8s.io":
                if (previous is not null && !JsonNode.DeepEquals(previous["roleRef"], item["roleRef"]))
                {
                    errors.Add(FieldError.Invalid("roleRef", item["roleRef"]?.ToJsonString(), "cannot change roleRef"));
                }
                break;
            case "configmaps" or "secrets":
                CheckImmutable(item, previous, errors);
                break;
        }
        return errors;
    }

    private static void CheckImmutable(JsonObject item, JsonObject? previous, List<FieldError> errors)
    {
        if (previous.Flag("immutable") == true && !JsonNode.DeepEquals(previous.At("data"), item["data"]))
        {
            errors.Add(FieldError.Forbidden("data", "field is immutable when `immutable` is set"));
        }
    }

    private static void CheckService(JsonObject spec, List<FieldError> errors)
    {
        var type = spec.Text("type");
        if (type is not ("ClusterIP" or "NodePort" or "LoadBalancer" or "ExternalName"))
        {
            errors.Add(FieldError.NotSupported("spec.type", type, ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]));
        }
        var ports = spec.Objects("ports").ToList();
        if (ports.Count == 0 && type != "ExternalName" && spec.Text("clusterIP") != "None")
        {
            errors.Add(FieldError.Required("spec.ports"));
        }
        var names = new HashSet<string>();
        var numbers = new HashSet<string>();
        for (var i = 0; i < ports.Count; i++)
        {
            var field = $"spec.ports[{i}]";
            var name = ports[i].Text("name") ?? "";
            if (name.Length == 0 && ports.Count > 1)
            {
                errors.Add(FieldError.Required($"{field}.name"));
            }
            else if (name.Length > 0 && Names.CheckLabel(name) is { } wrong)
            {
                errors.Add(FieldError.Invalid($"{field}.name", name, wrong));
            }
            else if (name.Length > 0 && !names.Add(name))
            {
                errors.Add(FieldError.Duplicate($"{field}.name", name));
            }
            if (ports[i].Integer("port") is not { } number)
            {
                errors.Add(FieldError.Required($"{field}.port"));
            }
            else
            {
                CheckPort(number, $"{field}.port", errors);
                if (!numbers.Add($"{number}/{ports[i].Text("protocol")}"))
                {
                    errors.Add(new("FieldValueDuplicate", field,
                        $"Duplicate value: {{\"protocol\":\"{ports[i].Text("protocol")}\",\"port\":{number}}}"));
                }
            }
            if (ports[i].Integer("targetPort") is { } target)
            {
                CheckPort(target, $"{field}.targetPort", errors);
            }
            if (ports[i].Text("protocol") is not ("TCP" or "UDP" or "SCTP"))
            {
                errors.Add(FieldError.NotSupported($"{field}.protocol", ports[i].Text("protocol"), ["SCTP", "TCP", "UDP"]));
            }
        }
    }

    public static void CheckPort(long port, string field, List<FieldError> errors)
    {
        if (port is < 1 or > 65535)
        {
            errors.Add(FieldError.Invalid(field, port, "must be between 1 and 65535, inclusive"));
        }
    }

    private static void CheckWorkload(JsonObject spec, JsonObject? previous, List<FieldError> errors)
    {
        if (spec.Integer("replicas") < 0)
        {
            errors.Add(FieldError.Invalid("spec.replicas", spec.Integer("replicas"), "must be greater than or equal to 0"));
        }
        var selector = spec.Map("selector");
        if (selector is null)
        {
            errors.Add(FieldError.Required("spec.selector"));
        }
        else if (selector.Count == 0)
        {
            errors.Add(FieldError.Invalid("spec.selector", "{}", "empty selector is invalid for deployment"));
        }
        else if (previous is not null && !JsonNode.DeepEquals(previous["selector"], selector))
        {
            errors.Add(FieldError.Invalid("spec.selector", selector.ToJsonString(), "field is immutable"));
        }
        else if (!LabelSelector.FromObject(selector).Matches(spec.Strings("template", "metadata", "labels")))
        {
            errors.Add(new("FieldValueInvalid", "spec.template.metadata.labels",
                $"Invalid value: {(spec.At("template", "metadata", "labels") ?? new JsonObject()).ToJsonString()}: "
                + "`selector` does not match template `labels`"));
        }
        PodValidation.CheckSpec(spec.Map("template", "spec"), "spec.template.spec", errors);
        if (spec.Text("template", "spec", "restartPolicy") is { } policy && policy != "Always")
        {
            errors.Add(FieldError.NotSupported("spec.template.spec.restartPolicy", policy, ["Always"]));
        }
    }
}
