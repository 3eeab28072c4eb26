using System.Collections.Concurrent;
using System.Net;
using Mesh.Testing;

namespace Mesh.Guide.Tests.Fixture;

/// <summary>
/// Requests from a pod until it is stopped: two clients that keep their connections and two that make one for each request. Each rests a
/// little after every answer, so that those the test is about get their share of the machine.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stop;
    private readonly HttpClient[] _clients;
    private readonly Task _running;
    private readonly ConcurrentQueue<string> _failures = new();
    private int _answered;

    /// <param name="podNamespace">The network namespace of the pod the requests come from.</param>
    /// <param name="uri">What is asked for; every answer but 200 is a failure.</param>
    /// <param name="cancellationToken">Ends the load; the test is over.</param>
    public SteadyLoad(string podNamespace, Uri uri, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var keeping = PodNetwork.HttpClient(podNamespace, maxConnections: 4);
        var connecting = PodNetwork.HttpClient(podNamespace, maxConnections: 4);
        connecting.DefaultRequestHeaders.ConnectionClose = true;
        _clients = [keeping, connecting];
        var token = _stop.Token;
        _running = Task.WhenAll(_clients.Concat(_clients).Select(client => Task.Run(() => RunAsync(client, uri, token), CancellationToken.None)));
    }

    public int Answered => Volatile.Read(ref _answered);

    /// <summary>What each request that failed got instead of 200.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Waits for so many more answers.</summary>
    public Task AdvanceAsync(int by, CancellationToken cancellationToken)
    {
        var from = Answered;
        return Eventually.Holds(
            () => Answered >= from + by, TimeSpan.FromSeconds(60),
            () => $"{Answered - from} of {by} answered, {_failures.Count} failed: {string.Join("; ", _failures.Take(3))}", cancellationToken);
    }

    /// <summary>Ends it once every request under way is answered.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var client in _clients)
        {
            client.Dispose();
        }
        _stop.Dispose();
    }

    private async Task RunAsync(HttpClient client, Uri uri, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var response = await client.GetAsync(uri, CancellationToken.None);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    Interlocked.Increment(ref _answered);
                }
                else
                {
                    _failures.Enqueue($"{response.StatusCode} {await response.Content.ReadAsStringAsync(CancellationToken.None)}");
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
            {
                _failures.Enqueue(failure.ToString());
            }
            await Task.Delay(Rest, TimeProvider.System, CancellationToken.None);
        }
    }
}
