using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;

namespace Mesh.Sandbox.Api.Admission;

/// <summary>What the API server fills into pod specs, in pods and in the templates of workloads.</summary>
internal static class PodDefaults
{
    private const int FileMode = 420;

    public static void ApplyToSpec(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        if (spec.Text("serviceAccountName") is { } account)
        {
            spec.Default("serviceAccount", account);
        }
        else if (spec.Text("serviceAccount") is { } deprecated)
        {
            spec["serviceAccountName"] = deprecated;
        }
        foreach (var container in spec.Objects("initContainers").Concat(spec.Objects("containers")))
        {
            ApplyToContainer(container, spec.Flag("hostNetwork") == true);
        }
        foreach (var volume in spec.Objects("volumes"))
        {
            ApplyToVolume(volume);
        }
    }

    /// <summary>What only a pod itself gets: its account and token, default tolerations, its first status.</summary>
    public static void ApplyToPod(JsonObject pod)
    {
        var spec = pod.Child("spec");
        ApplyToSpec(spec);
        spec.Default("serviceAccountName", "default");
        spec.Default("serviceAccount", spec.Text("serviceAccountName")!);
        spec.Default("enableServiceLinks", true);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        spec.Default("priority", 0);
        AddTolerations(spec);
        pod["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QosClass(spec) };
    }

    /// <summary>The volume through which a pod gets its API token, the cluster's CA and its namespace.</summary>
    public static void MountApiAccess(JsonObject pod, string suffix)
    {
        const string path = "/var/run/secrets/kubernetes.io/serviceaccount";
        var spec = pod.Child("spec");
        if (spec.Flag("automountServiceAccountToken") == false || spec.Objects("volumes").Any(v => IsApiAccess(v)))
        {
            return;
        }
        var name = $"kube-api-access-{suffix}";
        var used = false;
        foreach (var container in spec.Objects("initContainers").Concat(spec.Objects("containers")))
        {
            if (container.Objects("volumeMounts").Any(m => m.Text("mountPath") == path))
            {
                continue;
            }
            Append(container, "volumeMounts", new() { ["name"] = name, ["readOnly"] = true, ["mountPath"] = path });
            used = true;
        }
        if (!used)
        {
            return;
        }
        Append(spec, "volumes", new()
        {
            ["name"] = name,
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(
                    new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = 3607, ["path"] = "token" } },
                    new JsonObject
                    {
                        ["configMap"] = new JsonObject
                        {
                            ["name"] = "kube-root-ca.crt",
                            ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }),
                        },
                    },
                    new JsonObject
                    {
                        ["downwardAPI"] = new JsonObject
                        {
                            ["items"] = new JsonArray(new JsonObject
                            {
                                ["path"] = "namespace",
                                ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" },
                            }),
                        },
                    }),
                ["defaultMode"] = FileMode,
            },
        });
    }

    private static bool IsApiAccess(JsonObject volume) =>
        volume.Text("name")?.StartsWith("kube-api-access-", StringComparison.Ordinal) == true;

    private static void ApplyToContainer(JsonObject container, bool hostNetwork)
    {
        container.Default("resources", new JsonObject());
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("imagePullPolicy", IsLatest(container.Text("image") ?? "") ? "Always" : "IfNotPresent");
        foreach (var port in container.Objects("ports"))
        {
            port.Default("protocol", "TCP");
            if (hostNetwork && port.Integer("containerPort") is { } number)
            {
                port.Default("hostPort", number);
            }
        }
        foreach (var variable in container.Objects("env"))
        {
            variable.Map("valueFrom", "fieldRef")?.Default("apiVersion", "v1");
        }
        foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Map(probe) is { } settings)
            {
                settings.Default("timeoutSeconds", 1);
                settings.Default("periodSeconds", 10);
                settings.Default("successThreshold", 1);
                settings.Default("failureThreshold", 3);
                ApplyToHttpGet(settings.Map("httpGet"));
            }
        }
        ApplyToHttpGet(container.Map("lifecycle", "preStop", "httpGet"));
        ApplyToHttpGet(container.Map("lifecycle", "postStart", "httpGet"));
    }

    private static void ApplyToHttpGet(JsonObject? request)
    {
        request?.Default("path", "/");
        request?.Default("scheme", "HTTP");
    }

    private static void ApplyToVolume(JsonObject volume)
    {
        if (volume.Count == 1)
        {
            volume["emptyDir"] = new JsonObject();
        }
        volume.Map("configMap")?.Default("defaultMode", FileMode);
        volume.Map("secret")?.Default("defaultMode", FileMode);
        volume.Map("hostPath")?.Default("type", "");
        volume.Map("downwardAPI")?.Default("defaultMode", FileMode);
        if (volume.Map("projected") is { } projected)
        {
            projected.Default("defaultMode", FileMode);
            foreach (var source in projected.Objects("sources"))
            {
                source.Map("serviceAccountToken")?.Default("expirationSeconds", 3600);
            }
        }
    }

    private static void AddTolerations(JsonObject spec)
    {
        foreach (var key in (ReadOnlySpan<string>)["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"])
        {
            if (!spec.Objects("tolerations").Any(t => t.Text("key") == key || (t.Text("key") is null && t.Text("operator") == "Exists")))
            {
                Append(spec, "tolerations", new() { ["key"] = key, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300 });
            }
        }
    }

    private static string QosClass(JsonObject spec)
    {
        var containers = spec.Objects("initContainers").Concat(spec.Objects("containers")).ToList();
        if (containers.All(c => c.Map("resources", "requests") is not { Count: > 0 } && c.Map("resources", "limits") is not { Count: > 0 }))
        {
            return "BestEffort";
        }
        return containers.All(IsGuaranteed) ? "Guaranteed" : "Burstable";
    }

    private static bool IsGuaranteed(JsonObject container)
    {
        var limits = container.Strings("resources", "limits");
        var requests = container.Strings("resources", "requests");
        return limits.ContainsKey("cpu") && limits.ContainsKey("memory") && requests.All(r => limits.GetValueOrDefault(r.Key) == r.Value);
    }

    private static bool IsLatest(string image)
    {
        if (image.Contains('@'))
        {
            return false;
        }
        var tag = image.LastIndexOf(':');
        return tag < image.LastIndexOf('/') || tag < 0 || image[(tag + 1)..] == "latest";
    }

    private static void Append(JsonObject parent, string list, JsonObject item)
    {
        if (parent[list] is not JsonArray items)
        {
            parent[list] = items = [];
        }
        items.Add((JsonNode)item);
    }
}
