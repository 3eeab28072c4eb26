using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using Mesh.Conformance.TestSilo;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace Mesh.Conformance.Tests.Partitions;

/// <summary>The path between silos of different clusters. While it is cut, what is sent over it gets lost without a word.</summary>
internal sealed class CuttablePath
{
    private readonly ConcurrentDictionary<int, string> _clusters = new();

    public volatile bool Cut;

    /// <summary>A silo that reaches those of other clusters over this path only.</summary>
    public Task<InProcessSilo> AddAsync(TestCluster cluster, string name)
    {
        var (own, port) = (name.Split('-')[0], TestSiloSpec.FreePort());
        _clusters[port] = own;
        return cluster.AddAsync(name, at: port, then: builder => builder.Services.Configure<SiloConnectionOptions>(
            options => options.ConfigureSiloOutboundConnection(connection => connection.Use(next => context => RunAsync(own, context, next)))));
    }

    private async Task RunAsync(string own, ConnectionContext context, ConnectionDelegate next)
    {
        var other = _clusters.GetValueOrDefault(((IPEndPoint)context.RemoteEndPoint!).Port, own);
        if (other == own)
        {
            await next(context);
            return;
        }
        var (network, incoming, outgoing) = (context.Transport, new Pipe(), new Pipe());
        context.Transport = new Ends(incoming.Reader, outgoing.Writer);
        var pumps = Task.WhenAll(PumpAsync(network.Input, incoming.Writer), PumpAsync(outgoing.Reader, network.Output));
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = network;
            outgoing.Writer.Complete();
            network.Input.CancelPendingRead();
            await pumps;
        }
    }

    private async Task PumpAsync(PipeReader from, PipeWriter to)
    {
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                if (!Cut)
                {
                    foreach (var piece in read.Buffer)
                    {
                        await to.WriteAsync(piece);
                    }
                }
                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or ConnectionResetException or InvalidOperationException)
        {
            // The connection is gone.
        }
        await to.CompleteAsync();
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
