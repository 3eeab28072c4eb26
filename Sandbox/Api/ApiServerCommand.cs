using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Sandbox.Controllers;
using Mesh.Sandbox.Lifecycle;
using Mesh.Sandbox.Programs;

namespace Mesh.Sandbox.Api;

/// <summary><c>Mesh.Sandbox apiserver …</c>: one cluster's API server and its controllers, until the process is told to stop.</summary>
internal static class ApiServerCommand
{
    private static readonly string[] Valued =
        ["cluster", "address", "port", "listen-handle", "public-port", "pki", "service-cidr", "pod-cidr", "data", "faults"];

    /// <summary>Runs until SIGTERM or SIGINT.</summary>
    public static async Task<int> MainAsync(string[] arguments)
    {
        using var signal = new TerminationSignal();
        return await RunAsync(arguments, signal.Token);
    }

    /// <param name="arguments">
    /// <c>--cluster NAME --address IP --port N --pki DIR --service-cidr CIDR</c>, and <c>--listen-handle FD</c> for a listening socket
    /// inherited from the parent, <c>--data FILE</c> and <c>--faults FILE</c>. The directory holds <c>ca.crt</c>, <c>apiserver.crt</c>, <c>apiserver.key</c> and <c>sa.key</c>.
    /// </param>
    /// <param name="stop">Ends the server in an orderly way.</param>
    public static async Task<int> RunAsync(string[] arguments, CancellationToken stop)
    {
        var line = new CommandLine(arguments, Valued, []);
        var pki = line.Required("pki");
        var advertised = new IPEndPoint(IPAddress.Parse(line.Required("address")), line.Number("port", 6443));
        var handle = line.Number("listen-handle", 0);
        using var loaded = X509Certificate2.CreateFromPemFile(Path.Combine(pki, "apiserver.crt"), Path.Combine(pki, "apiserver.key"));
        using var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(pki, "ca.crt"));
        var tokenKey = ECDsa.Create();
        tokenKey.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(pki, "sa.key"), stop));
        var options = new ApiServerOptions
        {
            Cluster = line.Required("cluster"),
            Endpoints = [advertised],
            ListenHandle = handle > 0 ? (ulong)handle : null,
            Certificate = loaded,
            Authority = authority,
            TokenKey = tokenKey,
            ServiceNetworks = [.. line.Required("service-cidr").Split(',').Select(IPNetwork.Parse)],
            Advertised = advertised,
            DataFile = line.Value("data"),
            FaultFile = line.Value("faults"),
        };
        await using var server = new ApiServer(options);
        await using var controllers = new ControllerManager(server.Operations, authority.ExportCertificatePem(), TimeProvider.System, server.Logger);
        controllers.Start();
        await server.StartAsync(stop);
        Console.WriteLine($"API server of {options.Cluster} on {string.Join(" and ", server.Addresses)}");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop.
        }
        return 0;
    }
}
