namespace Mesh.Kubernetes.Informers;

/// <summary>Namespace and name of an object; the namespace is empty for kinds without one.</summary>
internal readonly record struct ObjectName
{
    public ObjectName(string? ns, string name)
    {
        Namespace = ns ?? "";
        Name = name;
    }

    public string Namespace { get; }

    public string Name { get; }
}
