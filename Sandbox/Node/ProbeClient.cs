using System.Net;
using System.Net.Sockets;
using Mesh.Kubernetes.Resources;
using Mesh.Sandbox.Network;

namespace Mesh.Sandbox.Node;

/// <summary>Carries out single probes, from the node as a kubelet does.</summary>
internal sealed class ProbeClient : IDisposable
{
    private const int DefaultTimeoutSeconds = 1;
    private const int MaxBody = 300;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        // Every probe is a connection of its own: it is to find out whether one can be made.
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <param name="probe">What to try.</param>
    /// <param name="container">For ports by name.</param>
    /// <param name="address">The pod's.</param>
    /// <param name="execute">Runs a command in the container.</param>
    /// <param name="time">For the probe's time limit.</param>
    /// <param name="cancellationToken">Ends the attempt with an exception.</param>
    public async Task<ProbeOutcome> TryAsync(
        Probe probe, Container container, IPAddress address,
        Func<IReadOnlyList<string>, CancellationToken, Task<CommandResult>> execute, TimeProvider time, CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromSeconds(probe.TimeoutSeconds is > 0 and { } seconds ? seconds : DefaultTimeoutSeconds);
        using var timeout = new CancellationTokenSource(limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return probe switch
            {
                { HttpGet: { } http } => await HttpAsync(http, container, address, linked.Token),
                { TcpSocket: { } tcp } => await TcpAsync(tcp, container, address, linked.Token),
                { Exec: { } exec } => Of(await execute(exec.Command, linked.Token)),
                { Grpc: not null } => new ProbeOutcome(false, "gRPC probes are not supported by the sandbox; use httpGet, tcpSocket or exec"),
                _ => new ProbeOutcome(false, "the probe names no way to probe: httpGet, tcpSocket or exec"),
            };
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new ProbeOutcome(false, $"no answer within {limit.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException or IOException or SandboxException)
        {
            return new ProbeOutcome(false, exception.GetBaseException().Message);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<ProbeOutcome> HttpAsync(HttpGetAction action, Container container, IPAddress address, CancellationToken cancellationToken)
    {
        if (Port(action.Port, container) is not { } port)
        {
            return new ProbeOutcome(false, $"the container has no port named \"{action.Port}\"");
        }
        var scheme = action.Scheme?.ToLowerInvariant() is "https" ? "https" : "http";
        var path = action.Path is { Length: > 0 } given ? given.StartsWith('/') ? given : "/" + given : "/";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{scheme}://{action.Host ?? address.ToString()}:{port}{path}");
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.35");
        foreach (var header in action.HttpHeaders)
        {
            if (header.Name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                request.Headers.Host = header.Value;
            }
            else
            {
                request.Headers.TryAddWithoutValidation(header.Name, header.Value);
            }
        }
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if ((int)response.StatusCode is >= 200 and < 400)
        {
            return new ProbeOutcome(true, "");
        }
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return new ProbeOutcome(false, $"HTTP probe failed with statuscode: {(int)response.StatusCode} {body[..Math.Min(body.Length, MaxBody)]}".Trim());
    }

    private static async Task<ProbeOutcome> TcpAsync(TcpSocketAction action, Container container, IPAddress address, CancellationToken cancellationToken)
    {
        if (Port(action.Port, container) is not { } port)
        {
            return new ProbeOutcome(false, $"the container has no port named \"{action.Port}\"");
        }
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(action.Host is { } host ? IPAddress.Parse(host) : address, port, cancellationToken);
        return new ProbeOutcome(true, "");
    }

    private static ProbeOutcome Of(CommandResult result) =>
        new(result.Succeeded, $"{result.Output.Trim()} {result.Error.Trim()} (exit code {result.ExitCode})".Trim());

    private static int? Port(IntOrString port, Container container) =>
        port.Number ?? (int.TryParse(port.Text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : container.Ports.FirstOrDefault(p => p.Name == port.Text)?.Port);
}
