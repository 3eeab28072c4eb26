using System.Buffers;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mesh.Benchmarks.Soak;

/// <summary>
/// What runs in the server pods: HTTP/1.1, HTTP/2 and an echo of bytes, at three ports. It checks what it is sent and answers what it is
/// asked for; see <see cref="HttpLoad"/>.
/// </summary>
internal sealed class Applications : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Ledger _ledger;
    private readonly Violations _violations;

    private Applications(Ledger ledger, Violations violations)
    {
        _ledger = ledger;
        _violations = violations;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 256;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Run(EchoAsync));
        });
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public int Http1Port { get; private set; }

    public int Http2Port { get; private set; }

    public int EchoPort { get; private set; }

    public static async Task<Applications> StartAsync(Ledger ledger, Violations violations)
    {
        var applications = new Applications(ledger, violations);
        await applications._app.StartAsync();
        // In the order in which they were asked for.
        var ports = applications._app.Urls.Select(url => new Uri(url).Port).ToArray();
        (applications.Http1Port, applications.Http2Port, applications.EchoPort) = (ports[0], ports[1], ports[2]);
        return applications;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task EchoAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        try
        {
            while (await input.ReadAsync(connection.ConnectionClosed) is { IsCanceled: false } read)
            {
                foreach (var piece in read.Buffer)
                {
                    await output.WriteAsync(piece, connection.ConnectionClosed);
                }
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The load notices what it misses.
        }
    }

    private static int Number(HttpContext context, string header) =>
        int.TryParse(context.Request.Headers[header], CultureInfo.InvariantCulture, out var number) ? number : 0;

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var id = long.Parse(request.Headers[SoakHeaders.Id]!, CultureInfo.InvariantCulture);
        if (request.Headers["l5d-client-id"] != SoakMesh.ClientIdentity)
        {
            _violations.Add($"request {id} reached the application from '{request.Headers["l5d-client-id"]}'");
        }
        _ledger.Saw(id);
        try
        {
            await CheckAsync(id, Number(context, SoakHeaders.Sent), request, context.RequestAborted);
            response.Headers[SoakHeaders.Id] = request.Headers[SoakHeaders.Id];
            var body = Payload.Of(id, Number(context, SoakHeaders.Wanted));
            var pieces = Number(context, SoakHeaders.Pieces);
            if (pieces == 0)
            {
                response.ContentLength = body.Length;
                await response.Body.WriteAsync(body, context.RequestAborted);
                return;
            }
            for (var i = 0; i < pieces; i++)
            {
                var from = (int)((long)body.Length * i / pieces);
                var to = (int)((long)body.Length * (i + 1) / pieces);
                await response.Body.WriteAsync(body[from..to], context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(
                    TimeSpan.FromMilliseconds(Number(context, SoakHeaders.Pause)), TimeProvider.System, context.RequestAborted);
            }
            if (response.SupportsTrailers())
            {
                response.AppendTrailer(SoakHeaders.Id, request.Headers[SoakHeaders.Id]);
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The load gives some requests up, and notices it if others break.
        }
    }

    private async Task CheckAsync(long id, int length, HttpRequest request, CancellationToken aborted)
    {
        var block = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            var offset = 0;
            while (await request.Body.ReadAsync(block, aborted) is var read && read > 0)
            {
                if (!Payload.IsPart(id, offset, block.AsSpan(0, read)))
                {
                    _violations.Add($"request {id} ({request.Protocol}): its body arrived changed, around byte {offset}");
                    return;
                }
                offset += read;
            }
            if (offset != length)
            {
                _violations.Add($"request {id} ({request.Protocol}): {offset} of {length} bytes of its body arrived, as if complete");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
