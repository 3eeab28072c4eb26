using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;
using Mesh.Cli.Viz;
using Mesh.Interfaces.Viz;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;

namespace Mesh.Cli.Check;

/// <summary>The cluster that is checked. Its client exists only once the first check has made it.</summary>
internal sealed class CheckTarget(CliEnvironment environment, GlobalOptions globals, ParseResult parse) : IDisposable
{
    private KubernetesClient? _kubernetes;
    private VizClient? _viz;

    public TimeProvider Time => environment.Time;

    public string MeshNamespace => globals.Namespace(parse);

    public string Context => Kubernetes.Connection.Context;

    public KubernetesClient Kubernetes => _kubernetes ??= globals.Connect(parse);

    public VizClient Viz => _viz ??= new VizClient(Kubernetes, MeshNamespace);

    public Task<MeshStatus> StatusAsync(CancellationToken cancellationToken) => Viz.StatusAsync(cancellationToken);

    /// <exception cref="CheckFailedException">It is not there, or lacks a value.</exception>
    public async Task<string> ConfigAsync(string key, CancellationToken cancellationToken)
    {
        var config = await RequireAsync<ConfigMap>(MeshNamespace, MeshNames.ConfigMap, cancellationToken);
        return config.Data.GetValueOrDefault(key) is { Length: > 0 } value
            ? value
            : throw new CheckFailedException($"ConfigMap {MeshNamespace}/{MeshNames.ConfigMap} has no {key}");
    }

    public async Task<X509Certificate2Collection> AnchorsAsync(CancellationToken cancellationToken)
    {
        var roots = await RequireAsync<ConfigMap>(MeshNamespace, MeshNames.TrustRoots, cancellationToken);
        return IdentityMaterial.Read(roots.Data.GetValueOrDefault(MeshNames.TrustBundleKey) ?? "", "trust anchors");
    }

    /// <summary>The issuer, and after it what leads from it to an anchor.</summary>
    public async Task<X509Certificate2Collection> IssuerAsync(CancellationToken cancellationToken)
    {
        var secret = await RequireAsync<Secret>(MeshNamespace, MeshNames.IssuerSecret, cancellationToken);
        return IdentityMaterial.Read(Encoding.UTF8.GetString(secret.Data.GetValueOrDefault("tls.crt") ?? []), "issuer certificate");
    }

    /// <exception cref="CheckFailedException">It is not there.</exception>
    public async Task<T> RequireAsync<T>(string? ns, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesResource<T> =>
        await Kubernetes.GetOrNullAsync<T>(ns, name, cancellationToken)
        ?? throw new CheckFailedException($"{T.Definition.Kind} {(ns is null ? "" : ns + "/")}{name} is missing");

    /// <exception cref="CheckFailedException">One is not there.</exception>
    public async Task RequireAsync(ResourceDefinition definition, string? ns, CancellationToken cancellationToken, params IReadOnlyList<string> names)
    {
        var missing = new List<string>();
        foreach (var name in names)
        {
            try
            {
                await Kubernetes.GetAsync(definition, ns, name, cancellationToken);
            }
            catch (KubernetesException e) when (e.IsNotFound)
            {
                missing.Add(name);
            }
        }
        if (missing.Count > 0)
        {
            throw new CheckFailedException($"missing {definition.Kind}: {string.Join(", ", missing)}");
        }
    }

    public async Task<IReadOnlyList<Pod>> PodsAsync(string selector, CancellationToken cancellationToken) =>
        (await Kubernetes.ListAllAsync<Pod>(MeshNamespace, new ListOptions { LabelSelector = selector }, cancellationToken)).Items;

    public void Dispose() => _kubernetes?.Dispose();
}
