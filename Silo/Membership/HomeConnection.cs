using Mesh.Kubernetes;

namespace Mesh.Silo.Membership;

/// <summary>Where the membership is kept.</summary>
/// <param name="Client">Of the home cluster's API.</param>
/// <param name="Namespace">The control plane's namespace there.</param>
internal sealed record HomeConnection(KubernetesClient Client, string Namespace);
