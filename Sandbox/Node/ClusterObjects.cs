using System.Text;
using Mesh.Kubernetes.Informers;
using Mesh.Kubernetes.Resources;

namespace Mesh.Sandbox.Node;

/// <summary>The ConfigMaps and Secrets that pods refer to, kept current.</summary>
internal sealed class ClusterObjects(Informer<ConfigMap> configMaps, Informer<Secret> secrets)
{
    /// <summary>Raised with the namespace when any of its ConfigMaps or Secrets changed.</summary>
    public event Action<string>? Changed;

    public void Connect()
    {
        configMaps.Changed += c => Changed?.Invoke(c.Current.Metadata.Namespace ?? "");
        secrets.Changed += c => Changed?.Invoke(c.Current.Metadata.Namespace ?? "");
    }

    /// <summary>Null when there is no such ConfigMap.</summary>
    public IReadOnlyDictionary<string, byte[]>? ConfigMap(string ns, string name) => configMaps.Get(ns, name) is not { } map
        ? null
        : map.Data.Select(e => KeyValuePair.Create(e.Key, Encoding.UTF8.GetBytes(e.Value))).Concat(map.BinaryData)
            .DistinctBy(e => e.Key).ToDictionary();

    /// <summary>Null when there is no such Secret.</summary>
    public IReadOnlyDictionary<string, byte[]>? Secret(string ns, string name) => secrets.Get(ns, name)?.Data;
}
