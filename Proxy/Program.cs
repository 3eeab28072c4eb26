using Mesh.Proxy;
using Mesh.Proxy.Cni;
using Mesh.Proxy.Enrolment;
using Mesh.Proxy.Logs;
using Mesh.Proxy.Succession;

const string Usage = """
    usage: Mesh.Proxy [run]          the node's proxy; settings come from the environment
           Mesh.Proxy serving        ends with 0 when the process of this pod is the one that serves
           Mesh.Proxy cni            the CNI plugin, called by the container runtime
           Mesh.Proxy uninstall-cni  takes the CNI plugin and the redirect rules of running pods off this node
    """;

switch (args)
{
    case ["cni"]:
        return CniCommand.Run(Environment.GetEnvironmentVariable, Console.In, Console.Out, Console.Error);
    case [] or ["run"]:
        try
        {
            var options = ProxyOptions.Read(Environment.GetEnvironmentVariable);
            using (var logs = new ConsoleLogs(Console.OpenStandardOutput(), TimeProvider.System, options.LogLevel))
            {
                await using var host = NodeProxy.Create(options, logs);
                return await host.RunAsync();
            }
        }
        catch (ProxyOptionsException wrong)
        {
            Console.Error.WriteLine($"Mesh.Proxy: {wrong.Message}");
            return 1;
        }
    case ["serving"]:
        try
        {
            return ServingCommand.Run(ProxyOptions.Read(Environment.GetEnvironmentVariable), Console.Out);
        }
        catch (Exception failure) when (failure is ProxyOptionsException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Mesh.Proxy: {failure.Message}");
            return 1;
        }
    case ["uninstall-cni"]:
        try
        {
            return await Uninstallation.RunAsync(ProxyOptions.Read(Environment.GetEnvironmentVariable), Console.Out);
        }
        catch (Exception failure) when (failure is ProxyOptionsException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Mesh.Proxy: {failure.Message}");
            return 1;
        }
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
