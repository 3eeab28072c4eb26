namespace Mesh.Sandbox.Api.Types;

/// <summary>The resources of Kubernetes itself that the sandbox serves.</summary>
internal static class BuiltInTypes
{
    private static readonly string[] Get = ["get"];
    private static readonly string[] Create = ["create"];
    private static readonly string[] AllMethods = ["create", "delete", "get", "patch", "update"];

    public static IEnumerable<ResourceType> All { get; } =
    [
        Core("Namespace", "namespaces", ["ns"], namespaced: false, status: true) with { Subresources = [new("finalize", "Namespace", ["update"])] },
        Core("Node", "nodes", ["no"], namespaced: false, status: true) with { Subresources = [new("proxy", "NodeProxyOptions", AllMethods)] },
        Core("Pod", "pods", ["po"], status: true, categories: ["all"]) with
        {
            Subresources =
            [
                new("binding", "Binding", Create), new("eviction", "Eviction", Create, "policy", "v1"), new("log", "Pod", Get),
                new("proxy", "PodProxyOptions", AllMethods),
            ],
        },
        Core("Service", "services", ["svc"], status: true, categories: ["all"]) with { Subresources = [new("proxy", "ServiceProxyOptions", AllMethods)] },
        Core("Endpoints", "endpoints", ["ep"]) with { Singular = "endpoints" },
        Core("ServiceAccount", "serviceaccounts", ["sa"]) with
        {
            Subresources = [new("token", "TokenRequest", Create, "authentication.k8s.io", "v1")],
        },
        Core("Secret", "secrets"),
        Core("ConfigMap", "configmaps", ["cm"]),
        Core("Event", "events", ["ev"]),
        Core("LimitRange", "limitranges", ["limits"]),
        Core("ResourceQuota", "resourcequotas", ["quota"], status: true),
        Core("PersistentVolume", "persistentvolumes", ["pv"], namespaced: false, status: true),
        Core("PersistentVolumeClaim", "persistentvolumeclaims", ["pvc"], status: true),

        Grouped("apps", "Deployment", "deployments", ["deploy"], status: true, scale: true, categories: ["all"]),
        Grouped("apps", "ReplicaSet", "replicasets", ["rs"], status: true, scale: true, categories: ["all"]),
        Grouped("apps", "StatefulSet", "statefulsets", ["sts"], status: true, scale: true, categories: ["all"]),
        Grouped("apps", "DaemonSet", "daemonsets", ["ds"], status: true, categories: ["all"]),
        Grouped("apps", "ControllerRevision", "controllerrevisions"),
        Grouped("batch", "Job", "jobs", status: true, categories: ["all"]),
        Grouped("batch", "CronJob", "cronjobs", ["cj"], status: true, categories: ["all"]),
        Grouped("discovery.k8s.io", "EndpointSlice", "endpointslices"),
        Grouped("coordination.k8s.io", "Lease", "leases"),
        Grouped("rbac.authorization.k8s.io", "Role", "roles"),
        Grouped("rbac.authorization.k8s.io", "RoleBinding", "rolebindings"),
        Grouped("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", namespaced: false),
        Grouped("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", namespaced: false),
        Grouped("policy", "PodDisruptionBudget", "poddisruptionbudgets", ["pdb"], status: true),
        Grouped("networking.k8s.io", "NetworkPolicy", "networkpolicies", ["netpol"]),
        Grouped("networking.k8s.io", "Ingress", "ingresses", ["ing"], status: true),
        Grouped("networking.k8s.io", "IngressClass", "ingressclasses", namespaced: false),
        Grouped("scheduling.k8s.io", "PriorityClass", "priorityclasses", ["pc"], namespaced: false),
        Grouped("storage.k8s.io", "StorageClass", "storageclasses", ["sc"], namespaced: false),
        Grouped("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", ["crd", "crds"], namespaced: false, status: true,
            categories: ["api-extensions"]),
        Grouped("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", namespaced: false,
            categories: ["api-extensions"]),
        Grouped("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", namespaced: false,
            categories: ["api-extensions"]),
    ];

    /// <summary>Requests that look like objects and are only answered, never kept.</summary>
    public static IEnumerable<ResourceType> Reviews { get; } =
    [
        Grouped("authentication.k8s.io", "TokenReview", "tokenreviews", namespaced: false),
        Grouped("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", namespaced: false),
        Grouped("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", namespaced: false),
        Grouped("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced: false),
        Grouped("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", namespaced: false),
        Grouped("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews"),
    ];

    private static ResourceType Core(
        string kind, string plural, string[]? shortNames = null, bool namespaced = true, bool status = false, string[]? categories = null) =>
        Grouped("", kind, plural, shortNames, namespaced, status, false, categories);

    private static ResourceType Grouped(
        string group,
        string kind,
        string plural,
        string[]? shortNames = null,
        bool namespaced = true,
        bool status = false,
        bool scale = false,
        string[]? categories = null) => new ResourceType
        {
            Group = group,
            Versions = ["v1"],
            StorageVersion = "v1",
            Kind = kind,
            Plural = plural,
            ShortNames = shortNames ?? [],
            Categories = categories ?? [],
            Namespaced = namespaced,
            HasStatus = status,
            HasScale = scale,
        }.Keyed();
}
