using System.Text.Json;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Membership.Tests.Harness;

/// <summary>Rows as text, to compare them with their lists.</summary>
internal static class RowText
{
    public static string ToText(this OrleansSiloSpec row) => JsonSerializer.Serialize(row, KubernetesJson.Options);
}
