namespace Mesh.Proxy.Succession;

/// <summary>
/// <c>Mesh.Proxy serving</c>, for a startup probe: whether the process of this pod serves. Two pods of the DaemonSet share the node's
/// network during an upgrade, so on the admin port either of them might answer.
/// </summary>
internal static class ServingCommand
{
    /// <returns>The exit code.</returns>
    public static int Run(ProxyOptions options, TextWriter output)
    {
        var serving = File.Exists(options.ServingFile) ? File.ReadAllText(options.ServingFile) : string.Empty;
        if (serving == options.PodName)
        {
            return 0;
        }
        output.WriteLine(serving.Length == 0
            ? "no proxy has served on this node since it started"
            : $"{serving} serves, {options.PodName} does not yet");
        return 1;
    }
}
