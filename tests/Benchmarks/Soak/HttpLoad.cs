using System.Buffers;
using System.Globalization;
using System.Net;

namespace Mesh.Benchmarks.Soak;

/// <summary>
/// HTTP clients in one pod, which all share their connections: each waits a random while, asks for something, and checks every byte of the
/// answer. A request that the application has not seen may be sent again, as clients do whose kept-alive connection has ended.
/// </summary>
internal sealed class HttpLoad(int port, Version version, Ledger ledger, Violations violations, Tally tally) : IDisposable
{
    private const int MostAttempts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience,
    };

    /// <summary>Asks until <paramref name="stop"/>.</summary>
    public async Task RunAsync(TimeSpan pause, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await ExchangeAsync(HttpOrder.Any(random, ledger.Begin(), version));
            await Pause.ForAsync(pause * (2 * random.NextDouble()), stop);
        }
    }

    /// <summary>The same for a client that nobody lets in.</summary>
    public async Task RunDeniedAsync(TimeSpan pause, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var order = HttpOrder.Any(random, ledger.Begin(), version) with { GivesUpAfter = null };
            try
            {
                using var request = order.ToRequest();
                using var response = await _client.SendAsync(request);
                if (response.StatusCode == HttpStatusCode.Forbidden)
                {
                    tally.Denied();
                }
                else
                {
                    violations.Add($"{order}: a client that no policy allows got {(int)response.StatusCode} {Explain(response)}");
                }
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                violations.Add($"{order}: a client that no policy allows got no 403: {failure.Message} {failure.InnerException?.Message}");
            }
            ledger.End(order.Id);
            await Pause.ForAsync(pause * (2 * random.NextDouble()), stop);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task ExchangeAsync(HttpOrder order)
    {
        using var giveUp = new CancellationTokenSource(order.GivesUpAfter ?? Patience);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = order.ToRequest();
                using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, giveUp.Token);
                await CheckAsync(order, response, giveUp.Token);
                break;
            }
            catch (OperationCanceledException) when (order.GivesUpAfter is not null && giveUp.IsCancellationRequested)
            {
                tally.GaveUp();
                break;
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                if (ledger.Seen(order.Id) == 0 && attempt < MostAttempts && failure is HttpRequestException)
                {
                    tally.SentAgain();
                    continue;
                }
                violations.Add($"{order}: lost, seen {ledger.Seen(order.Id)} times by the application: "
                    + $"{failure.Message} {failure.InnerException?.Message}");
                break;
            }
        }
        ledger.End(order.Id);
    }

    private async Task CheckAsync(HttpOrder order, HttpResponseMessage response, CancellationToken giveUp)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            violations.Add($"{order}: lost, answered with {(int)response.StatusCode} {Explain(response)}, "
                + $"seen {ledger.Seen(order.Id)} times by the application");
            return;
        }
        if (!response.Headers.TryGetValues(SoakHeaders.Id, out var ids)
            || ids.Single() != order.Id.ToString(CultureInfo.InvariantCulture))
        {
            violations.Add($"{order}: got the answer to another request ({string.Join(", ", ids ?? [])})");
            return;
        }
        await using var body = await response.Content.ReadAsStreamAsync(giveUp);
        var block = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var offset = 0;
        try
        {
            while (await body.ReadAsync(block, giveUp) is var read && read > 0)
            {
                if (!Payload.IsPart(order.Id, offset, block.AsSpan(0, read)))
                {
                    violations.Add($"{order}: the answer arrived changed, around byte {offset}");
                    return;
                }
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        if (offset != order.Wanted)
        {
            violations.Add($"{order}: {offset} bytes of the answer arrived, as if complete");
        }
        if (version.Major == 2 && order.Pieces > 0 && !response.TrailingHeaders.Contains(SoakHeaders.Id))
        {
            violations.Add($"{order}: the answer has lost its trailers");
        }
        CheckSeen(order);
        tally.Answered();
    }

    private void CheckSeen(HttpOrder order)
    {
        var seen = ledger.Seen(order.Id);
        if (seen == 0)
        {
            violations.Add($"{order}: answered, but the application has not seen it");
        }
        else if (seen > 1)
        {
            tally.SeenTwice();
            // RFC 9110 section 9.2.2: what is not idempotent must not be sent twice.
            if (order.Method == HttpMethod.Post)
            {
                violations.Add($"{order}: the application has been given it {seen} times");
            }
        }
    }

    private static string Explain(HttpResponseMessage response) =>
        response.Headers.TryGetValues("l5d-proxy-error", out var reasons) ? $"({string.Join("; ", reasons)})" : "(nothing says why)";
}
