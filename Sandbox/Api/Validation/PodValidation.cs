using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Validation;

/// <summary>Validation of pods and pod templates.</summary>
internal static class PodValidation
{
    public static void CheckSpec(JsonObject? spec, string path, List<FieldError> errors)
    {
        var containers = spec.Objects("containers").ToList();
        if (containers.Count == 0)
        {
            errors.Add(FieldError.Required($"{path}.containers"));
        }
        var volumes = spec.Objects("volumes").Select(v => v.Text("name") ?? "").ToHashSet();
        var names = new HashSet<string>();
        CheckContainers(containers, $"{path}.containers", volumes, names, errors);
        CheckContainers([.. spec.Objects("initContainers")], $"{path}.initContainers", volumes, names, errors);
        if (spec.Text("restartPolicy") is { } policy && policy is not ("Always" or "OnFailure" or "Never"))
        {
            errors.Add(FieldError.NotSupported($"{path}.restartPolicy", policy, ["Always", "OnFailure", "Never"]));
        }
        if (spec.Text("serviceAccountName") is { Length: > 0 } account && Names.CheckSubdomain(account) is { } wrong)
        {
            errors.Add(FieldError.Invalid($"{path}.serviceAccountName", account, wrong));
        }
    }

    /// <summary>Of a pod's spec only images, deadlines and added tolerations may change.</summary>
    public static void CheckUpdate(JsonObject pod, JsonObject? previous, List<FieldError> errors)
    {
        if (previous is null)
        {
            return;
        }
        var before = Comparable(previous.Map("spec"));
        var after = Comparable(pod.Map("spec"));
        // A pod that is not placed yet may be placed.
        if (string.IsNullOrEmpty(previous.Text("spec", "nodeName")))
        {
            after.Remove("nodeName");
            before.Remove("nodeName");
        }
        if (!JsonNode.DeepEquals(before, after))
        {
            errors.Add(FieldError.Forbidden("spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"));
        }
    }

    private static JsonObject Comparable(JsonObject? spec)
    {
        var copy = spec?.Copy() ?? [];
        copy.Remove("activeDeadlineSeconds");
        copy.Remove("tolerations");
        copy.Remove("terminationGracePeriodSeconds");
        copy.Remove("schedulingGates");
        foreach (var container in copy.Objects("containers").Concat(copy.Objects("initContainers")))
        {
            container.Remove("image");
        }
        return copy;
    }

    private static void CheckContainers(
        List<JsonObject> containers, string path, HashSet<string> volumes, HashSet<string> names, List<FieldError> errors)
    {
        for (var i = 0; i < containers.Count; i++)
        {
            var (container, field) = (containers[i], $"{path}[{i}]");
            var name = container.Text("name");
            if (string.IsNullOrEmpty(name))
            {
                errors.Add(FieldError.Required($"{field}.name"));
            }
            else if (Names.CheckLabel(name) is { } wrong)
            {
                errors.Add(FieldError.Invalid($"{field}.name", name, wrong));
            }
            else if (!names.Add(name))
            {
                errors.Add(FieldError.Duplicate($"{field}.name", name));
            }
            if (string.IsNullOrWhiteSpace(container.Text("image")))
            {
                errors.Add(FieldError.Required($"{field}.image"));
            }
            if (container.Text("imagePullPolicy") is { } pull && pull is not ("Always" or "IfNotPresent" or "Never"))
            {
                errors.Add(FieldError.NotSupported($"{field}.imagePullPolicy", pull, ["Always", "IfNotPresent", "Never"]));
            }
            var portIndex = 0;
            foreach (var port in container.Objects("ports"))
            {
                if (port.Integer("containerPort") is { } number)
                {
                    ObjectValidation.CheckPort(number, $"{field}.ports[{portIndex}].containerPort", errors);
                }
                else
                {
                    errors.Add(FieldError.Required($"{field}.ports[{portIndex}].containerPort"));
                }
                portIndex++;
            }
            var mountIndex = 0;
            foreach (var mount in container.Objects("volumeMounts"))
            {
                if (!volumes.Contains(mount.Text("name") ?? ""))
                {
                    errors.Add(new("FieldValueNotFound", $"{field}.volumeMounts[{mountIndex}].name", $"Not found: \"{mount.Text("name")}\""));
                }
                if (string.IsNullOrEmpty(mount.Text("mountPath")))
                {
                    errors.Add(FieldError.Required($"{field}.volumeMounts[{mountIndex}].mountPath"));
                }
                mountIndex++;
            }
        }
    }
}
