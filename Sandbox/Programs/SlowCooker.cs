using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Sandbox.Programs;

/// <summary>
/// The guide's load generator: a fixed number of requests per second, a line of counts per interval. An answer other than 2xx is bad,
/// no answer is failed, and the reason of the first failure of each interval is printed too.
/// </summary>
internal sealed class SlowCooker(SlowCookerOptions options, TextWriter output, TimeProvider time)
{
    private readonly SlowCookerReport _report = new();
    private string? _failure;
    private long _sent;

    public static async Task<int> MainAsync(string[] arguments)
    {
        var options = SlowCookerOptions.Parse(arguments);
        using var signal = new TerminationSignal();
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        await new SlowCooker(options, output, TimeProvider.System).RunAsync(signal.Token);
        return 0;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        output.WriteLine(
            $"# sending {options.Qps * options.Concurrency} {options.Method} req/s with concurrency={options.Concurrency} to {options.Url}");
        output.WriteLine(SlowCookerReport.Header);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = options.NoReuse ? TimeSpan.Zero : Timeout.InfiniteTimeSpan,
            ConnectTimeout = options.Timeout,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        using var client = new HttpMessageInvoker(handler);
        var tasks = Enumerable.Range(0, options.Concurrency).Select(_ => SendAsync(client, stop)).ToList();
        tasks.Add(ReportAsync(stop));
        if (options.MetricAddress is { } address)
        {
            tasks.Add(ServeMetricsAsync(address, stop.Token));
        }
        await Task.WhenAll(tasks);
        output.WriteLine($"# end: {_report.Totals()}");
    }

    private async Task SendAsync(HttpMessageInvoker client, CancellationTokenSource stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / options.Qps), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                await SendOneAsync(client, stop.Token);
                if (Interlocked.Increment(ref _sent) == options.TotalRequests)
                {
                    await stop.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }

    private async Task SendOneAsync(HttpMessageInvoker client, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(new HttpMethod(options.Method), options.Url);
        request.Headers.Host = options.Host;
        request.Headers.TryAddWithoutValidation("User-Agent", "slow_cooker");
        if (options.Data is { } data)
        {
            request.Content = new StringContent(data);
        }
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var start = time.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request, linked.Token);
            await response.Content.CopyToAsync(Stream.Null, linked.Token);
            var latency = time.GetElapsedTime(start);
            if (response.IsSuccessStatusCode)
            {
                _report.Good(latency);
            }
            else
            {
                _report.Bad(latency);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The request was under way when this program was told to end: neither good nor failed.
            throw;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            _report.Failed();
            Interlocked.CompareExchange(ref _failure, timeout.IsCancellationRequested
                ? $"no answer within {options.Timeout.TotalSeconds:0.###} s"
                : exception.GetBaseException().Message, null);
        }
    }

    private async Task ReportAsync(CancellationTokenSource stop)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        var goal = options.Qps * options.Concurrency * options.Interval.TotalSeconds;
        var reports = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                Print(goal);
                if (++reports == options.Iterations)
                {
                    await stop.CancelAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            Print(goal);
        }
    }

    private void Print(double goal)
    {
        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            output.WriteLine($"# failed: {failure}");
        }
        output.WriteLine(_report.TakeLine(time.GetUtcNow(), options.Interval, goal));
    }

    private async Task ServeMetricsAsync(string address, CancellationToken cancellationToken)
    {
        var port = int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, port));
        listener.Listen();
        try
        {
            while (true)
            {
                using var connection = await listener.AcceptAsync(cancellationToken);
                var body = _report.Metrics();
                try
                {
                    await connection.ReceiveAsync(new byte[4096], SocketFlags.None, cancellationToken);
                    await connection.SendAsync(Encoding.ASCII.GetBytes(
                        $"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"),
                        SocketFlags.None, cancellationToken);
                }
                catch (SocketException)
                {
                    // The scraper went away.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to end.
        }
    }
}
