using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Install;
using Mesh.Cli.Viz;
using Mesh.Kubernetes;

namespace Mesh.Cli.Multicluster;

/// <summary>
/// <c>mesh multicluster install</c>: prints what a cluster needs to be linked and to be joined by others, and with <c>--join</c> what it needs to
/// join another one.
/// </summary>
internal sealed class MulticlusterInstallCommand
{
    private readonly Option<bool> _gateway = GatewayOption.Create();
    private readonly Option<string?> _join = new("--join")
    {
        Description = "The kubeconfig context of the cluster that keeps the mesh's membership; without it every cluster keeps its own.",
    };

    private readonly Option<string?> _address = new("--api-server-address")
    {
        Description = "With --join: the address of that cluster's API server as pods of this one reach it, when the kubeconfig has another.",
    };

    private readonly Option<string> _lifetime = new("--token-lifetime")
    {
        Description = "With --join: how long the token lives. Silos renew it; a cluster that is off for longer has to join again.",
        DefaultValueFactory = _ => "720h",
    };

    private readonly CliEnvironment _environment;
    private readonly GlobalOptions _globals;

    private MulticlusterInstallCommand(CliEnvironment environment, GlobalOptions globals)
    {
        _environment = environment;
        _globals = globals;
    }

    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var install = new MulticlusterInstallCommand(environment, globals);
        var command = new Command("install", "Print what a cluster needs to be linked to others or to join them, for kubectl apply -f -.")
        {
            install._gateway, install._join, install._address, install._lifetime,
        };
        command.SetAction(install.RunAsync);
        return command;
    }

    /// <param name="meshNamespace">The control plane's namespace.</param>
    public static IReadOnlyList<JsonObject> Objects(string meshNamespace)
    {
        var objects = new ManifestObjects(ManifestResources.Read("multicluster"));
        objects.Replace(MeshNames.Namespace, meshNamespace);
        return objects.All;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        GatewayOption.Refuse(parse.GetValue(_gateway));
        var ns = _globals.Namespace(parse);
        List<JsonObject> objects = [.. Objects(ns)];
        if (parse.GetValue(_join) is { Length: > 0 } context)
        {
            if (!Durations.TryParse(parse.GetValue(_lifetime)!, out var lifetime) || lifetime < TimeSpan.FromMinutes(10))
            {
                throw new UsageException($"{_lifetime.Name} {parse.GetValue(_lifetime)}: write it as 24h or 90m; at least 10m.");
            }
            using var joining = _globals.Connect(parse);
            using var home = _globals.Connect(parse, context);
            var join = new HomeJoin(_environment, joining, home, ns);
            objects.Add(await join.CreateSecretAsync(parse.GetValue(_address), lifetime, cancellationToken));
        }
        else if (parse.GetValue(_address) is not null)
        {
            throw new UsageException($"{_address.Name} belongs to {_join.Name}: it is the address of the cluster that is joined.");
        }
        // Nothing is printed before everything is known to be good.
        await _environment.Output.WriteAsync(KubernetesYaml.WriteAll(objects));
        return 0;
    }
}
