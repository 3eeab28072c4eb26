using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Faults.Clusters;
using Mesh.Testing;

namespace Mesh.Faults.Traffic;

/// <summary>
/// Steady traffic from a pod in each cluster to a service there and to one in each other cluster: per flow one client that keeps its
/// connection and one that makes a new one for each request. Every request is recorded.
/// </summary>
internal sealed class TrafficLoad : IAsyncDisposable
{
    /// <summary>Between two requests of a client: about twenty a second each, which is little for the mesh and enough to see gaps.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a client waits. Nothing here may ever take so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<RequestRecord> _requests = new();
    private readonly List<TrafficFlow> _flows = [];
    private readonly List<Task> _clients = [];

    private TrafficLoad()
    {
    }

    /// <summary>Since the load began.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_start);

    /// <summary>All requests that have ended, in the order they did.</summary>
    public IReadOnlyCollection<RequestRecord> Requests => _requests;

    /// <summary>Flows that had no answer at all.</summary>
    public IReadOnlyCollection<TrafficFlow> Silent =>
        [.. _flows.Except(_requests.Where(request => request.Outcome == RequestOutcome.Answered).Select(request => request.Flow))];

    public static async Task<TrafficLoad> StartAsync(FaultClusters clusters, CancellationToken cancellationToken)
    {
        var load = new TrafficLoad();
        foreach (var from in FaultClusters.Names)
        {
            foreach (var to in FaultClusters.Names)
            {
                var flow = new TrafficFlow(from, to);
                var uri = await clusters.UriAsync(flow, cancellationToken);
                var pod = await clusters.ClientNamespaceAsync(from, cancellationToken);
                load._flows.Add(flow);
                load._clients.Add(Task.Run(() => load.RunAsync(flow, pod, uri, keep: true), cancellationToken));
                load._clients.Add(Task.Run(() => load.RunAsync(flow, pod, uri, keep: false), cancellationToken));
            }
        }
        return load;
    }

    /// <summary>The requests that were made since a moment and have ended.</summary>
    public IEnumerable<RequestRecord> Since(TimeSpan moment) => _requests.Where(request => request.Began >= moment);

    /// <summary>Ends the load, after the requests under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task RunAsync(TrafficFlow flow, string pod, Uri uri, bool keep)
    {
        using var client = PodNetwork.HttpClient(pod);
        client.Timeout = Patience;
        client.DefaultRequestHeaders.ConnectionClose = !keep;
        using var timer = new PeriodicTimer(Pause, _time);
        while (!_stop.IsCancellationRequested)
        {
            _requests.Enqueue(await RequestAsync(flow, client, uri));
            try
            {
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return; // asked to stop
            }
        }
    }

    private async Task<RequestRecord> RequestAsync(TrafficFlow flow, HttpClient client, Uri uri)
    {
        var began = Elapsed;
        try
        {
            using var response = await client.GetAsync(uri, CancellationToken.None);
            var status = (int)response.StatusCode;
            return response.StatusCode == HttpStatusCode.OK
                ? new RequestRecord(flow, began, Elapsed, RequestOutcome.Answered, status, "")
                : new RequestRecord(flow, began, Elapsed, RequestOutcome.Refused, status, Reason(response.Headers));
        }
        catch (HttpRequestException failure)
        {
            return new RequestRecord(flow, began, Elapsed, RequestOutcome.Broken, 0, Messages(failure));
        }
        catch (TaskCanceledException)
        {
            return new RequestRecord(flow, began, Elapsed, RequestOutcome.Hung, 0, $"no answer within {Patience.TotalSeconds:0} s");
        }
    }

    private static string Reason(HttpResponseHeaders headers) =>
        headers.TryGetValues("l5d-proxy-error", out var values) ? string.Join("; ", values) : "";

    private static string Messages(Exception failure)
    {
        var text = new StringBuilder(failure.Message);
        for (var inner = failure.InnerException; inner is not null; inner = inner.InnerException)
        {
            text.Append(": ").Append(inner.Message);
        }
        return text.ToString();
    }
}
