using System.CommandLine;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;
using Mesh.Kubernetes;

namespace Mesh.Cli.Install;

/// <summary><c>mesh install</c>: prints the manifests of the control plane for <c>kubectl apply -f -</c>.</summary>
internal sealed class InstallCommand
{
    private readonly Option<string?> _clusterName = new("--cluster-name")
    {
        Description = "The cluster's name in the mesh; every cluster has its own. Otherwise the kubeconfig context's name.",
    };

    private readonly Option<string?> _anchors = new("--identity-trust-anchors-file") { Description = "The trust anchors (PEM), the same for all clusters." };
    private readonly Option<string?> _issuer = new("--identity-issuer-certificate-file") { Description = "This cluster's issuer certificate (PEM)." };
    private readonly Option<string?> _issuerKey = new("--identity-issuer-key-file") { Description = "Its key (PEM)." };
    private readonly Option<string?> _trustDomain = new("--identity-trust-domain") { Description = "The trust domain, the same for all clusters." };
    private readonly Option<string?> _clusterDomain = new("--cluster-domain") { Description = "The domain of the cluster's own DNS." };
    private readonly Option<string?> _policy = new("--default-inbound-policy") { Description = "What is allowed at ports that no Server selects." };
    private readonly Option<bool> _crds = new("--crds") { Description = "Only the custom resource definitions." };
    private readonly Option<bool> _highAvailability = new("--ha")
    {
        Description = "Three silos on three nodes, with more memory: the values of k8s/ha/values.yaml, under those you give.",
    };

    private readonly Option<bool> _ignoreCluster = new("--ignore-cluster") { Description = "Do not look at what the cluster has already." };
    private readonly Option<string[]> _values = new("--values", "-f")
    {
        Description = "A YAML file of values (docs/install-values.md), or - for standard input. Repeat it for more; later ones win.",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "name=value[,name=value…], over the files of --values. Repeat it for more.",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly CliEnvironment _environment;
    private readonly GlobalOptions _globals;

    private InstallCommand(CliEnvironment environment, GlobalOptions globals)
    {
        _environment = environment;
        _globals = globals;
        _policy.AcceptOnlyFromAmong(InstallCatalog.InboundPolicies);
    }

    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var install = new InstallCommand(environment, globals);
        var command = new Command("install", "Print the control plane's manifests, for kubectl apply -f -. Run again, it keeps the cluster's identity.")
        {
            install._clusterName, install._anchors, install._issuer, install._issuerKey, install._trustDomain, install._clusterDomain,
            install._policy, install._crds, install._highAvailability, install._ignoreCluster, install._values, install._set,
        };
        command.SetAction(install.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var settings = await ReadSettingsAsync(parse, cancellationToken);
        if (parse.GetValue(_crds))
        {
            await _environment.Output.WriteAsync(KubernetesYaml.WriteAll(Installation.Definitions(settings)));
            return 0;
        }
        var files = ReadFiles(parse);
        var installed = parse.GetValue(_ignoreCluster) ? null : await ReadClusterAsync(parse, cancellationToken);
        settings.AddFlag(InstallCatalog.ClusterName, ClusterName(parse, settings, installed), _clusterName.Name);
        var trustDomain = settings[InstallCatalog.TrustDomain]?.ToString() ?? "cluster.local";
        var identity = files ?? installed?.Identity ?? IdentityMaterial.Generate(trustDomain, _environment.Time.GetUtcNow());
        identity.Verify(_environment.Time.GetUtcNow());
        // Nothing is printed before everything is known to be good: half a manifest must not reach kubectl.
        var manifests = KubernetesYaml.WriteAll(Installation.Everything(settings, identity, _globals.Namespace(parse)));
        if (files is null && installed?.Identity is null)
        {
            await _environment.Error.WriteLineAsync(
                "mesh: made a new trust anchor, known to this cluster only. Clusters that shall be linked need the same one: "
                + "run `mesh certificates create`, and install with its files.");
        }
        await _environment.Output.WriteAsync(manifests);
        return 0;
    }

    /// <summary>In the order of precedence: what comes later wins.</summary>
    private async Task<InstallSettings> ReadSettingsAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var settings = new InstallSettings();
        if (parse.GetValue(_highAvailability))
        {
            settings.AddFile(ManifestResources.Text("ha/values.yaml"), "k8s/ha/values.yaml");
        }
        foreach (var file in parse.GetValue(_values) ?? [])
        {
            settings.AddFile(
                file == "-" ? await _environment.Input.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken),
                file == "-" ? "standard input" : file);
        }
        foreach (var assignments in parse.GetValue(_set) ?? [])
        {
            settings.AddAssignments(assignments);
        }
        settings.AddFlag(InstallCatalog.TrustDomain, parse.GetValue(_trustDomain), _trustDomain.Name);
        settings.AddFlag(InstallCatalog.ClusterDomain, parse.GetValue(_clusterDomain), _clusterDomain.Name);
        settings.AddFlag(InstallCatalog.InboundPolicy, parse.GetValue(_policy), _policy.Name);
        return settings;
    }

    private IdentityMaterial? ReadFiles(ParseResult parse)
    {
        var given = new[] { _anchors, _issuer, _issuerKey }.Select(parse.GetValue).ToArray();
        if (given.All(string.IsNullOrEmpty))
        {
            return null;
        }
        if (given.Any(string.IsNullOrEmpty))
        {
            throw new UsageException($"{_anchors.Name}, {_issuer.Name} and {_issuerKey.Name} belong together: give all three or none.");
        }
        var text = given.Select(path => File.ReadAllText(path!)).ToArray();
        return new IdentityMaterial(text[0], text[1], text[2]);
    }

    private async Task<InstalledMesh?> ReadClusterAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        using var kubernetes = _globals.Connect(parse);
        return await InstalledMesh.ReadAsync(kubernetes, _globals.Namespace(parse), cancellationToken);
    }

    private string ClusterName(ParseResult parse, InstallSettings settings, InstalledMesh? installed)
    {
        var name = parse.GetValue(_clusterName) ?? settings[InstallCatalog.ClusterName]?.ToString() ?? installed?.ClusterName
            ?? _globals.Connection(parse).Context;
        return DnsLabel.IsValid(name)
            ? name
            : throw new UsageException($"\"{name}\" cannot be the cluster's name: {DnsLabel.Rule}. Give one with {_clusterName.Name}.");
    }
}
