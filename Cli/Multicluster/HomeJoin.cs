using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;
using Mesh.Interfaces.Membership;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Tokens;

namespace Mesh.Cli.Multicluster;

/// <summary>Makes the Secret by which one cluster joins the mesh of another, its home, once it is sure that it can.</summary>
/// <param name="environment">Told of what was chosen.</param>
/// <param name="joining">The cluster that joins.</param>
/// <param name="home">The cluster that keeps the membership.</param>
/// <param name="ns">The control plane's namespace in both.</param>
internal sealed class HomeJoin(CliEnvironment environment, KubernetesClient joining, KubernetesClient home, string ns)
{
    private string Home => home.Connection.Context;

    private string Joining => joining.Connection.Context;

    private string InstallHome => $"`mesh --context {Home} multicluster install --gateway=false | kubectl --context {Home} apply -f -`";

    /// <param name="address">The home's API server for pods; null: as the kubeconfig, or the home itself, says.</param>
    /// <param name="lifetime">The token's.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="CommandFailedException">These clusters cannot be joined so.</exception>
    public async Task<JsonObject> CreateSecretAsync(string? address, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var server = await HomeAddress.FindAsync(environment, home, address, cancellationToken);
        var homeName = await VerifyAsync(cancellationToken);
        var token = await TokenAsync(lifetime, cancellationToken);
        var secret = new JsonObject
        {
            [HomeSecret.Cluster] = homeName,
            [HomeSecret.Server] = server.ToString(),
            [HomeSecret.Authority] = await AuthorityAsync(cancellationToken),
            [HomeSecret.ServerName] = home.Connection.TlsServerName ?? "",
            [HomeSecret.Namespace] = ns,
            [HomeSecret.Account] = HomeSecret.DefaultAccount,
            [HomeSecret.Token] = token,
        };
        return new JsonObject
        {
            ["apiVersion"] = Secret.Definition.ApiVersion,
            ["kind"] = Secret.Definition.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = HomeSecret.Name,
                ["namespace"] = ns,
                ["labels"] = new JsonObject { ["app.kubernetes.io/part-of"] = "mesh-orleans" },
                ["annotations"] = new JsonObject { ["linkerd.io/created-by"] = $"mesh/cli {MeshNames.Version}" },
            },
            ["type"] = "Opaque",
            ["data"] = new JsonObject(secret.Where(e => e.Value!.ToString().Length > 0).Select(e => KeyValuePair.Create(
                e.Key, (JsonNode?)Convert.ToBase64String(Encoding.UTF8.GetBytes(e.Value!.ToString()))))),
        };
    }

    /// <returns>The home's name in the mesh.</returns>
    private async Task<string> VerifyAsync(CancellationToken cancellationToken)
    {
        var (joiningName, joiningAnchors) = await IdentityAsync(joining, cancellationToken);
        var (homeName, homeAnchors) = await IdentityAsync(home, cancellationToken);
        if (joiningName == homeName)
        {
            throw new CommandFailedException(
                $"{Joining} and {Home} are both called {homeName} in the mesh, or are the same cluster. A mesh tells clusters apart by name: "
                + "install one of them with another --cluster-name.");
        }
        if (!joiningAnchors.Overlaps(homeAnchors))
        {
            throw new CommandFailedException(
                $"{joiningName} and {homeName} have no trust anchor in common, so their silos would refuse each other. Install both with the same "
                + "--identity-trust-anchors-file; `mesh certificates create` makes one with an issuer for each.");
        }
        if (await home.GetOrNullAsync<Secret>(ns, HomeSecret.Name, cancellationToken) is { } elsewhere)
        {
            var other = Encoding.UTF8.GetString(elsewhere.Data.GetValueOrDefault(HomeSecret.Cluster) ?? []);
            throw new CommandFailedException(
                $"{homeName} has itself joined {other}, so it keeps no membership. Join {other}: --join with the context of that cluster.");
        }
        await NoHomeAsync(joiningName, cancellationToken);
        if (await home.GetOrNullAsync<ServiceAccount>(ns, HomeSecret.DefaultAccount, cancellationToken) is null)
        {
            throw new CommandFailedException(
                $"{homeName} cannot be joined yet: it has no service account {ns}/{HomeSecret.DefaultAccount}. Run {InstallHome} first.");
        }
        return homeName;
    }

    /// <summary>A cluster whose membership others share must not leave them behind.</summary>
    private async Task NoHomeAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<OrleansSilo> silos;
        try
        {
            silos = (await joining.ListAllAsync<OrleansSilo>(ns, null, cancellationToken)).Items;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return;
        }
        var guests = silos.Where(s => s.Spec is { Status: not "Dead", Version: > 0, Cluster.Length: > 0 } && s.Spec.Cluster != name)
            .Select(s => s.Spec.Cluster).Distinct().Order(StringComparer.Ordinal).ToList();
        if (guests.Count > 0)
        {
            throw new CommandFailedException(
                $"{name} is itself the home of {string.Join(" and ", guests)}. Let them join the new home first, and {name} after them; "
                + $"docs/membership.md has the steps. Silos that are gone for good: kubectl --context {Joining} -n {ns} delete orleanssilos …");
        }
    }

    private async Task<(string Name, HashSet<string> Anchors)> IdentityAsync(KubernetesClient cluster, CancellationToken cancellationToken)
    {
        var where = cluster.Connection.Context;
        var config = await cluster.GetOrNullAsync<ConfigMap>(ns, MeshNames.ConfigMap, cancellationToken);
        var roots = await cluster.GetOrNullAsync<ConfigMap>(ns, MeshNames.TrustRoots, cancellationToken);
        if (config?.Data.GetValueOrDefault("clusterName") is not { Length: > 0 } name
            || roots?.Data.GetValueOrDefault(MeshNames.TrustBundleKey) is not { Length: > 0 } bundle)
        {
            throw new CommandFailedException(
                $"The mesh is not installed in {where}: {ns}/{MeshNames.ConfigMap} or {ns}/{MeshNames.TrustRoots} is missing. "
                + $"Run `mesh --context {where} install | kubectl --context {where} apply -f -` first.");
        }
        return (name, [.. IdentityMaterial.Read(bundle, "trust anchors").Select(a => a.Thumbprint)]);
    }

    /// <summary>A token that is known to do.</summary>
    private async Task<string> TokenAsync(TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var token = await home.CreateTokenAsync(ns, HomeSecret.DefaultAccount, null, lifetime, cancellationToken);
        using var silo = new KubernetesClient(
            home.Connection with { ClientCertificates = [], Impersonate = null, ImpersonateGroups = [], Token = new FixedToken(token) },
            environment.Time);
        try
        {
            await silo.ListAsync<OrleansCluster>(ns, new ListOptions { Limit = 1 }, cancellationToken);
            return token;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            throw new CommandFailedException(
                $"{Home} does not know {OrleansCluster.Definition.Group}. Run `mesh --context {Home} install --crds "
                + $"| kubectl --context {Home} apply -f -` first.", e);
        }
        catch (KubernetesException e) when (e.Status is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized)
        {
            throw new CommandFailedException(
                $"{Home} does not let the account {HomeSecret.DefaultAccount} in: {e.Message}. Run {InstallHome} again.", e);
        }
    }

    private async Task<string> AuthorityAsync(CancellationToken cancellationToken)
    {
        if (home.Connection is { SkipTlsVerify: false, CertificateAuthorities.Count: > 0 })
        {
            return Pem(home.Connection.CertificateAuthorities);
        }
        // What every pod of that cluster trusts it by.
        var roots = await home.GetOrNullAsync<ConfigMap>(ns, "kube-root-ca.crt", cancellationToken);
        if (roots?.Data.GetValueOrDefault("ca.crt") is { Length: > 0 } authority)
        {
            return authority;
        }
        return home.Connection.SkipTlsVerify
            ? throw new CommandFailedException(
                $"The context {Home} says insecure-skip-tls-verify, and {ns}/kube-root-ca.crt is missing there, so silos could not tell whom they "
                + "talk to. Put the certificate authority into the kubeconfig.")
            : "";
    }

    private static string Pem(X509Certificate2Collection certificates) =>
        string.Concat(certificates.Select(c => c.ExportCertificatePem() + "\n"));
}
