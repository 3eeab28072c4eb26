using System.Text;
using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Admission;

/// <summary>Fills in what users leave out, per kind, as the API server's defaulting does. Applied on every write; idempotent.</summary>
internal static class ObjectDefaults
{
    public static void Apply(string resource, JsonObject item)
    {
        switch (resource)
        {
            case "namespaces":
                ApplyToNamespace(item);
                break;
            case "pods":
                PodDefaults.ApplyToSpec(item.Child("spec"));
                break;
            case "services":
                ApplyToService(item.Child("spec"));
                break;
            case "endpoints":
                foreach (var port in item.Objects("subsets").SelectMany(s => s.Objects("ports")))
                {
                    port.Default("protocol", "TCP");
                }
                break;
            case "secrets":
                ApplyToSecret(item);
                break;
            case "deployments.apps":
                ApplyToDeployment(item.Child("spec"));
                break;
            case "replicasets.apps":
                item.Child("spec").Default("replicas", 1);
                ApplyToTemplate(item);
                break;
            case "statefulsets.apps":
                ApplyToStatefulSet(item.Child("spec"));
                break;
            case "daemonsets.apps":
                ApplyToDaemonSet(item.Child("spec"));
                break;
            case "jobs.batch":
                ApplyToJob(item.Child("spec"));
                break;
            case "cronjobs.batch":
                ApplyToCronJob(item.Child("spec"));
                break;
            case "endpointslices.discovery.k8s.io":
                foreach (var port in item.Objects("ports"))
                {
                    port.Default("protocol", "TCP");
                    port.Default("name", "");
                }
                break;
            case "networkpolicies.networking.k8s.io":
                ApplyToNetworkPolicy(item.Child("spec"));
                break;
            case "rolebindings.rbac.authorization.k8s.io" or "clusterrolebindings.rbac.authorization.k8s.io":
                ApplyToBinding(item);
                break;
            case "customresourcedefinitions.apiextensions.k8s.io":
                ApplyToDefinition(item.Child("spec"));
                break;
        }
    }

    private static void ApplyToNamespace(JsonObject item)
    {
        item.Child("metadata").Child("labels")["kubernetes.io/metadata.name"] = item.Text("metadata", "name");
        item.Child("spec").Default("finalizers", new JsonArray("kubernetes"));
        item.Child("status").Default("phase", "Active");
    }

    private static void ApplyToService(JsonObject spec)
    {
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        if (spec.Text("sessionAffinity") == "ClientIP")
        {
            spec.Child("sessionAffinityConfig").Child("clientIP").Default("timeoutSeconds", 10800);
        }
        foreach (var port in spec.Objects("ports"))
        {
            port.Default("protocol", "TCP");
            if (port.Integer("port") is { } number)
            {
                port.Default("targetPort", number);
            }
        }
        var type = spec.Text("type");
        if (type != "ExternalName")
        {
            spec.Default("ipFamilies", new JsonArray("IPv4"));
            spec.Default("ipFamilyPolicy", "SingleStack");
            spec.Default("internalTrafficPolicy", "Cluster");
        }
        if (type is "NodePort" or "LoadBalancer")
        {
            spec.Default("externalTrafficPolicy", "Cluster");
        }
        if (type == "LoadBalancer")
        {
            spec.Default("allocateLoadBalancerNodePorts", true);
        }
    }

    private static void ApplyToSecret(JsonObject item)
    {
        item.Default("type", "Opaque");
        if (item.Map("stringData") is { } plain)
        {
            var data = item.Child("data");
            foreach (var (key, value) in plain)
            {
                data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.Text() ?? ""));
            }
            item.Remove("stringData");
        }
    }

    private static void ApplyToDeployment(JsonObject spec)
    {
        spec.Default("replicas", 1);
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        var strategy = spec.Child("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.Child("rollingUpdate");
            rolling.Default("maxUnavailable", "25%");
            rolling.Default("maxSurge", "25%");
        }
        ApplyToTemplateOf(spec);
    }

    private static void ApplyToStatefulSet(JsonObject spec)
    {
        spec.Default("replicas", 1);
        spec.Default("podManagementPolicy", "OrderedReady");
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("persistentVolumeClaimRetentionPolicy", new JsonObject { ["whenDeleted"] = "Retain", ["whenScaled"] = "Retain" });
        var strategy = spec.Child("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            strategy.Child("rollingUpdate").Default("partition", 0);
        }
        ApplyToTemplateOf(spec);
    }

    private static void ApplyToDaemonSet(JsonObject spec)
    {
        spec.Default("revisionHistoryLimit", 10);
        var strategy = spec.Child("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            strategy.Child("rollingUpdate").Default("maxUnavailable", 1);
            strategy.Child("rollingUpdate").Default("maxSurge", 0);
        }
        ApplyToTemplateOf(spec);
    }

    private static void ApplyToJob(JsonObject spec)
    {
        spec.Default("parallelism", 1);
        spec.Default("completions", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        ApplyToTemplateOf(spec);
    }

    private static void ApplyToCronJob(JsonObject spec)
    {
        spec.Default("concurrencyPolicy", "Allow");
        spec.Default("suspend", false);
        spec.Default("successfulJobsHistoryLimit", 3);
        spec.Default("failedJobsHistoryLimit", 1);
        if (spec.Map("jobTemplate", "spec", "template", "spec") is { } pod)
        {
            PodDefaults.ApplyToSpec(pod);
        }
    }

    private static void ApplyToTemplate(JsonObject item) => ApplyToTemplateOf(item.Child("spec"));

    private static void ApplyToTemplateOf(JsonObject spec)
    {
        if (spec.Map("template", "spec") is { } pod)
        {
            PodDefaults.ApplyToSpec(pod);
        }
    }

    private static void ApplyToNetworkPolicy(JsonObject spec)
    {
        var types = new JsonArray("Ingress");
        if (spec["egress"] is not null)
        {
            types.Add((JsonNode)"Egress");
        }
        spec.Default("policyTypes", types);
        spec.Default("podSelector", new JsonObject());
    }

    private static void ApplyToBinding(JsonObject item)
    {
        item.Map("roleRef")?.Default("apiGroup", "rbac.authorization.k8s.io");
        foreach (var subject in item.Objects("subjects"))
        {
            if (subject.Text("kind") is "User" or "Group")
            {
                subject.Default("apiGroup", "rbac.authorization.k8s.io");
            }
        }
    }

    private static void ApplyToDefinition(JsonObject spec)
    {
        var names = spec.Child("names");
        if (names.Text("kind") is { } kind)
        {
            names.Default("singular", kind.ToLowerInvariant());
            names.Default("listKind", $"{kind}List");
        }
        spec.Default("conversion", new JsonObject { ["strategy"] = "None" });
    }
}
