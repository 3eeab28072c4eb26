using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;

namespace Mesh.Cli.Install;

/// <summary>What an installation consists of, object by object.</summary>
internal static class Installation
{
    /// <summary>Only the definitions of custom resources.</summary>
    public static IReadOnlyList<JsonObject> Definitions(InstallSettings settings) =>
        [.. ManifestResources.Read("crds"), .. settings.IsOn(InstallCatalog.GatewayApi) ? ManifestResources.Read("gateway-api") : []];

    /// <summary>Everything: definitions first, then the namespace, then what lives in it.</summary>
    /// <param name="settings">What was chosen.</param>
    /// <param name="identity">Trust anchors and the cluster's issuer.</param>
    /// <param name="meshNamespace">Where the control plane goes.</param>
    public static IReadOnlyList<JsonObject> Everything(InstallSettings settings, IdentityMaterial identity, string meshNamespace)
    {
        var objects = new ManifestObjects(ManifestResources.Read("control-plane"));
        if (settings.IsOn(InstallCatalog.NetworkPolicies))
        {
            objects.Add(ManifestResources.Read("network-policies"));
        }
        settings.Apply(objects);
        objects.Add(Identity(identity));
        objects.Replace(MeshNames.Namespace, meshNamespace);
        return [.. Definitions(settings), .. objects.All];
    }

    /// <summary>The trust anchors, which everybody may read, and the issuer, which only silos may. <c>k8s/overlays/certificates</c> says the same.</summary>
    private static IEnumerable<JsonObject> Identity(IdentityMaterial identity)
    {
        yield return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = Metadata(MeshNames.TrustRoots),
            ["data"] = new JsonObject { [MeshNames.TrustBundleKey] = identity.TrustAnchorsPem },
        };
        yield return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = Metadata(MeshNames.IssuerSecret),
            ["type"] = "kubernetes.io/tls",
            ["data"] = new JsonObject
            {
                ["tls.crt"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(identity.IssuerPem)),
                ["tls.key"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(identity.IssuerKeyPem)),
            },
        };
    }

    private static JsonObject Metadata(string name) => new()
    {
        ["name"] = name,
        ["namespace"] = MeshNames.Namespace,
        ["labels"] = new JsonObject { ["app.kubernetes.io/part-of"] = "mesh-orleans" },
    };
}
