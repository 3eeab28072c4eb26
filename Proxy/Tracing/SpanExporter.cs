using System.Buffers;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Mesh.Proxy.DataPlane;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Tracing;

/// <summary>
/// Sends spans to a collector, in batches, over OTLP/HTTP. The loops only leave spans here: when the collector is slow or gone, spans are
/// dropped and counted, and no request notices.
/// </summary>
internal sealed partial class SpanExporter : IAsyncDisposable
{
    /// <summary>Spans that may wait. OpenTelemetry's SDKs have 2048 for one process; this is a node's.</summary>
    public const int Capacity = 8192;

    // OpenTelemetry's default.
    private const int MostPerBatch = 512;
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);
    private readonly Channel<RequestSpan> _queue = Channel.CreateBounded<RequestSpan>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Uri _collector;
    private readonly DataPlaneOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient _http;
    private readonly TaskCompletionSource _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly ArrayBufferWriter<byte> _body = new();
    private readonly List<RequestSpan> _batch = [];
    private Task? _running;
    private long _exported;
    private long _dropped;
    private bool _isFailing;

    /// <param name="collector">Its address; a path other than / is used as it is, otherwise OTLP's own (/v1/traces).</param>
    /// <param name="options">Settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Told when the collector cannot be reached.</param>
    public SpanExporter(Uri collector, DataPlaneOptions options, TimeProvider time, ILogger logger)
    {
        _collector = collector.AbsolutePath == "/" ? new Uri(collector, "/v1/traces") : collector;
        _options = options;
        _time = time;
        _logger = logger;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectTimeout = options.TraceTimeout });
        _http.Timeout = options.TraceTimeout;
    }

    /// <summary>Spans the collector has taken.</summary>
    public long Exported => Volatile.Read(ref _exported);

    /// <summary>Spans that could not be sent, or that there was no room for.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Leaves a finished span; from any thread, without waiting.</summary>
    public void Add(RequestSpan span)
    {
        if (!_queue.Writer.TryWrite(span))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    /// <summary>Sends what there is, for a short time, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _ending.TrySetResult();
        _stop.CancelAfter(FlushTimeout);
        if (_running is not null)
        {
            await _running;
        }
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stop.Token))
            {
                if (_queue.Reader.Count < MostPerBatch)
                {
                    await Task.WhenAny(_ending.Task, Task.Delay(_options.TraceInterval, _time, _stop.Token));
                }
                while (_batch.Count < MostPerBatch && _queue.Reader.TryRead(out var span))
                {
                    _batch.Add(span);
                }
                await SendAsync();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What is left is not worth waiting for any longer.
            Interlocked.Add(ref _dropped, _queue.Reader.Count);
        }
    }

    private async Task SendAsync()
    {
        try
        {
            _body.ResetWrittenCount();
            OtlpJson.Write(_body, _batch, _options.Node);
            using var content = new ReadOnlyMemoryContent(_body.WrittenMemory);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.PostAsync(_collector, content, _stop.Token);
            if (response.IsSuccessStatusCode)
            {
                Interlocked.Add(ref _exported, _batch.Count);
                _isFailing = false;
                return;
            }
            OnFailed($"it answered with status {(int)response.StatusCode}");
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            OnFailed(failure is OperationCanceledException ? $"no answer within {_options.TraceTimeout.TotalSeconds} s" : failure.Message);
        }
        finally
        {
            _batch.Clear();
        }
    }

    private void OnFailed(string reason)
    {
        Interlocked.Add(ref _dropped, _batch.Count);
        if (!_isFailing)
        {
            _isFailing = true;
            LogFailed(_logger, _collector, reason);
        }
    }

    [LoggerMessage(EventId = 2710, Level = LogLevel.Warning, Message =
        "spans cannot be sent to {Collector} and are dropped: {Reason}. It must take OTLP over HTTP with JSON (usually on port 4318)")]
    private static partial void LogFailed(ILogger logger, Uri collector, string reason);
}
