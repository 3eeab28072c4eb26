using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Cli.CommandLine;
using Mesh.Cli.Identity;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Resources;
using Mesh.Kubernetes.Serialization;

namespace Mesh.Cli.Multicluster;

/// <summary>
/// <c>mesh multicluster link</c>: reads where the chosen cluster's silos are and prints a Link for another cluster, whose silos find them by it.
/// No credentials are in it.
/// </summary>
internal sealed class LinkCommand
{
    private static readonly JsonSerializerOptions Indented = new(KubernetesJson.Options) { WriteIndented = true };

    private readonly Option<string> _name = new("--cluster-name")
    {
        Description = "What the chosen cluster is called where the Link is applied: its services appear there as <service>-<name>.",
        Required = true,
    };

    private readonly Option<string?> _selector = new("--selector", "-l")
    {
        Description = "Services to mirror through a gateway; kept in the Link, without effect here.",
    };

    private readonly Option<string> _remoteDiscovery = new("--remote-discovery-selector")
    {
        Description = "Services to mirror.",
        DefaultValueFactory = _ => "mirror.linkerd.io/exported=remote-discovery",
    };

    private readonly Option<string> _federated = new("--federated-service-selector")
    {
        Description = "Services that are members of a federated service.",
        DefaultValueFactory = _ => "mirror.linkerd.io/federated=member",
    };

    private readonly Option<string[]> _excludedAnnotations = ListOption("--excluded-annotations", "Annotations that mirrors do not get: names or group/*.");
    private readonly Option<string[]> _excludedLabels = ListOption("--excluded-labels", "Labels that mirrors do not get: names or group/*.");
    private readonly Option<string[]> _podNetworks = ListOption(
        "--pod-networks", "CIDRs of the chosen cluster's pods: endpoints elsewhere are not believed. Without, clusterNetworks is what counts.");

    private readonly Option<string> _namespace = NamespaceOption();
    private readonly Option<bool> _gateway = GatewayOption.Create();
    private readonly Option<string> _format = FormatOption();
    private readonly CliEnvironment _environment;
    private readonly GlobalOptions _globals;

    private LinkCommand(CliEnvironment environment, GlobalOptions globals)
    {
        _environment = environment;
        _globals = globals;
    }

    public static Command Create(CliEnvironment environment, GlobalOptions globals)
    {
        var link = new LinkCommand(environment, globals);
        var command = new Command("link", "Print a Link to the chosen cluster, for kubectl apply -f - in another one.")
        {
            link._name, link._namespace, link._gateway, link._selector, link._remoteDiscovery, link._federated, link._excludedAnnotations,
            link._excludedLabels, link._podNetworks, link._format,
        };
        command.Aliases.Add("link-gen");
        command.SetAction(link.RunAsync);
        return command;
    }

    public static Option<string> NamespaceOption() => new("--namespace", "-n")
    {
        Description = "The Link's namespace.",
        DefaultValueFactory = _ => MeshNames.MulticlusterNamespace,
    };

    public static Option<string> FormatOption()
    {
        var option = new Option<string>("--output", "-o") { Description = "yaml or json.", DefaultValueFactory = _ => "yaml" };
        option.AcceptOnlyFromAmong("yaml", "json");
        return option;
    }

    public static string Format(JsonNode resource, string format) =>
        format == "json" ? resource.ToJsonString(Indented) + "\n" : KubernetesYaml.WriteAll([resource]);

    private static Option<string[]> ListOption(string name, string description) => new(name)
    {
        Description = $"{description} Separated by commas.",
        CustomParser = result => [.. result.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
        DefaultValueFactory = _ => [],
    };

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        GatewayOption.Refuse(parse.GetValue(_gateway));
        var name = parse.GetValue(_name)!;
        if (!DnsLabel.IsValid(name))
        {
            throw new UsageException($"{_name.Name}: \"{name}\" cannot be part of service names: {DnsLabel.Rule}.");
        }
        var spec = new LinkSpec
        {
            TargetClusterName = name,
            TargetClusterLinkerdNamespace = _globals.Namespace(parse),
            Selector = parse.GetValue(_selector) is { } selector ? LabelSelectorText.Parse(selector) : null,
            RemoteDiscoverySelector = LabelSelectorText.Parse(parse.GetValue(_remoteDiscovery)!),
            FederatedServiceSelector = LabelSelectorText.Parse(parse.GetValue(_federated)!),
            ExcludedAnnotations = parse.GetValue(_excludedAnnotations)!,
            ExcludedLabels = parse.GetValue(_excludedLabels)!,
        };
        var networks = parse.GetValue(_podNetworks)!;
        if (networks.FirstOrDefault(text => !System.Net.IPNetwork.TryParse(text, out _)) is { } wrong)
        {
            throw new UsageException($"{_podNetworks.Name}: \"{wrong}\" is not a network. Write it as 10.10.0.0/16.");
        }
        using var kubernetes = _globals.Connect(parse);
        var target = await LinkTarget.ReadAsync(kubernetes, _globals.Namespace(parse), cancellationToken);
        if (target.UnreadySilos > 0)
        {
            await _environment.Error.WriteLineAsync(
                $"mesh: {target.UnreadySilos} of {target.Seeds.Count} silos of {target.ClusterName} are not ready; see `mesh check` there.");
        }
        var link = new Link
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = parse.GetValue(_namespace)!,
                Annotations = new Dictionary<string, string>
                {
                    ["linkerd.io/created-by"] = $"mesh/cli {MeshNames.Version}",
                    [MeshNames.SeedsAnnotation] = string.Join(',', target.Seeds),
                    [MeshNames.TargetClusterAnnotation] = target.ClusterName,
                },
            },
            Spec = spec with { TargetClusterDomain = target.ClusterDomain },
        };
        if (networks.Length > 0)
        {
            link = link with
            {
                Metadata = link.Metadata with
                {
                    Annotations = new Dictionary<string, string>(link.Metadata.Annotations)
                    {
                        [MeshNames.PodNetworksAnnotation] = string.Join(',', networks),
                    },
                },
            };
        }
        await _environment.Output.WriteAsync(Format(JsonSerializer.SerializeToNode(link, KubernetesJson.Options)!, parse.GetValue(_format)!));
        return 0;
    }
}
