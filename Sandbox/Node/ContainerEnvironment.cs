using System.Text;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>Works out a container's environment variables.</summary>
internal sealed class ContainerEnvironment(ClusterObjects objects, Pod pod, string? podAddress, string nodeAddress, string apiAddress)
{
    /// <exception cref="ContainerConfigException">Something that is not optional is missing.</exception>
    public IReadOnlyDictionary<string, string> Build(Container container, IReadOnlyDictionary<string, string> ofImage)
    {
        var result = new Dictionary<string, string>(ofImage)
        {
            ["HOSTNAME"] = pod.Spec.HostNetwork == true ? pod.Spec.NodeName ?? "" : pod.Spec.Hostname ?? pod.Metadata.Name,
            ["KUBERNETES_SERVICE_HOST"] = apiAddress,
            ["KUBERNETES_SERVICE_PORT"] = "443",
            ["KUBERNETES_SERVICE_PORT_HTTPS"] = "443",
            ["KUBERNETES_PORT"] = $"tcp://{apiAddress}:443",
        };
        foreach (var source in container.EnvFrom)
        {
            foreach (var (key, value) in From(source))
            {
                result[source.Prefix + key] = Encoding.UTF8.GetString(value);
            }
        }
        foreach (var variable in container.Env)
        {
            var value = variable.ValueFrom is { } from ? Read(variable.Name, from) : VariableExpansion.Expand(variable.Value ?? "", result);
            if (value is not null)
            {
                result[variable.Name] = value;
            }
        }
        return result;
    }

    private IReadOnlyDictionary<string, byte[]> From(EnvFromSource source)
    {
        var ns = pod.Metadata.Namespace!;
        var (kind, reference, data) = source switch
        {
            { ConfigMapRef: { } map } => ("configmap", map, objects.ConfigMap(ns, map.Name)),
            { SecretRef: { } secret } => ("secret", secret, objects.Secret(ns, secret.Name)),
            _ => throw new ContainerConfigException("envFrom needs a configMapRef or a secretRef"),
        };
        return data ?? (reference.Optional == true
            ? new Dictionary<string, byte[]>()
            : throw new ContainerConfigException($"{kind} \"{reference.Name}\" not found"));
    }

    private string? Read(string variable, EnvVarSource source)
    {
        var ns = pod.Metadata.Namespace!;
        return source switch
        {
            { FieldRef: { } field } => PodFields.Read(pod, field.FieldPath, podAddress, nodeAddress)
                ?? throw new ContainerConfigException($"variable {variable}: fieldPath \"{field.FieldPath}\" is not supported"),
            { ResourceFieldRef: { } field } => PodFields.ReadResource(field.Resource)
                ?? throw new ContainerConfigException($"variable {variable}: resource \"{field.Resource}\" is not supported"),
            { ConfigMapKeyRef: { } key } => Key("configmap", key, objects.ConfigMap(ns, key.Name)),
            { SecretKeyRef: { } key } => Key("secret", key, objects.Secret(ns, key.Name)),
            _ => throw new ContainerConfigException($"variable {variable} has a valueFrom that names no source"),
        };
    }

    private static string? Key(string kind, KeySelector selector, IReadOnlyDictionary<string, byte[]>? data)
    {
        if (data?.GetValueOrDefault(selector.Key) is { } value)
        {
            return Encoding.UTF8.GetString(value);
        }
        return selector.Optional == true
            ? null
            : throw new ContainerConfigException(data is null
                ? $"{kind} \"{selector.Name}\" not found"
                : $"couldn't find key {selector.Key} in {kind} \"{selector.Name}\"");
    }
}
