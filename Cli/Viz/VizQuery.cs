using System.Globalization;

namespace Mesh.Cli.Viz;

/// <summary>Whose traffic is asked for.</summary>
/// <param name="Namespace">Empty: all.</param>
/// <param name="Kind">A <see cref="Workloads.WorkloadKind"/>'s name.</param>
/// <param name="Name">Empty: all of the kind.</param>
/// <param name="Window">How far back.</param>
internal sealed record VizQuery(string Namespace, string Kind, string Name, TimeSpan Window)
{
    public string Parameters =>
        $"?namespace={Uri.EscapeDataString(Namespace)}&kind={Kind}&name={Uri.EscapeDataString(Name)}"
        + $"&window={((int)Window.TotalSeconds).ToString(CultureInfo.InvariantCulture)}";
}
