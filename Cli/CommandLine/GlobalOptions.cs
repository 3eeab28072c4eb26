using System.CommandLine;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;

namespace Mesh.Cli.CommandLine;

/// <summary>Options of every command, as kubectl and Linkerd call them.</summary>
internal sealed class GlobalOptions(CliEnvironment environment)
{
    public Option<string?> Context { get; } = new("--context") { Description = "The kubeconfig context to use.", Recursive = true };

    public Option<string?> Kubeconfig { get; } =
        new("--kubeconfig") { Description = "The kubeconfig file; otherwise $KUBECONFIG or ~/.kube/config.", Recursive = true };

    public Option<string> MeshNamespace { get; } = new("--mesh-namespace", "--linkerd-namespace", "-L")
    {
        Description = "The control plane's namespace.",
        DefaultValueFactory = _ => MeshNames.Namespace,
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the whole exception when something fails.", Recursive = true };

    public void AddTo(Command root)
    {
        root.Options.Add(Context);
        root.Options.Add(Kubeconfig);
        root.Options.Add(MeshNamespace);
        root.Options.Add(Verbose);
    }

    /// <summary>How to reach the chosen cluster.</summary>
    /// <exception cref="KubernetesConfigurationException">There is no such context, or it cannot be used.</exception>
    public ClusterConnection Connection(ParseResult parse) =>
        ClusterConnection.FromKubeconfig(parse.GetValue(Kubeconfig) ?? environment.Kubeconfig, parse.GetValue(Context));

    /// <summary>A client of the chosen cluster; the caller disposes it.</summary>
    /// <exception cref="KubernetesConfigurationException">There is no such context, or it cannot be used.</exception>
    public KubernetesClient Connect(ParseResult parse) => new(Connection(parse), environment.Time);

    /// <summary>A client of another cluster than the chosen one; the caller disposes it.</summary>
    /// <param name="parse">For the kubeconfig.</param>
    /// <param name="context">The context's name.</param>
    /// <exception cref="KubernetesConfigurationException">There is no such context, or it cannot be used.</exception>
    public KubernetesClient Connect(ParseResult parse, string context) =>
        new(ClusterConnection.FromKubeconfig(parse.GetValue(Kubeconfig) ?? environment.Kubeconfig, context), environment.Time);

    public string Namespace(ParseResult parse) => parse.GetValue(MeshNamespace)!;
}
