using System.IO.Pipelines;
using Mesh.Interfaces.NodeSession;
using Mesh.Silo.NodeSessions;

namespace Mesh.Silo.Tests.Harness;

/// <summary>A proxy's end of a session.</summary>
internal sealed class ProxySession : IAsyncDisposable
{
    private readonly HttpClient _client;
    private readonly DuplexContent _body;
    private readonly HttpResponseMessage _response;
    private PipeReader? _reader;

    private ProxySession(HttpClient client, DuplexContent body, HttpResponseMessage response) =>
        (_client, _body, _response) = (client, body, response);

    public int Status => (int)_response.StatusCode;

    public static async Task<ProxySession> OpenAsync(HttpClient client, string token, Hello hello) =>
        await OpenAsync(client, token, new ProxyMessage { Hello = hello });

    public static async Task<ProxySession> OpenAsync(HttpClient client, string? token, ProxyMessage first)
    {
        var body = new DuplexContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, NodeSessionEndpoint.RunPath) { Content = body };
        request.Version = new Version(2, 0);
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("authorization", "Bearer " + token);
        }
        var sending = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await body.SendAsync(first);
        return new ProxySession(client, body, await sending);
    }

    public Task<string> TextAsync() => _response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    public Task SendAsync(ProxyMessage message) => _body.SendAsync(message);

    public Task SendAsync(byte[] bytes) => _body.SendAsync(bytes);

    public ValueTask EndAsync() => _body.EndAsync();

    /// <summary>The next message; null when the silo has ended the session in order.</summary>
    public async Task<SiloMessage?> ReadAsync()
    {
        _reader ??= PipeReader.Create(await _response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        return await MessageFrame.ReadAsync(_reader, SiloMessage.Parser, TestContext.Current.CancellationToken);
    }

    /// <summary>The next message that is not a mere sign of life.</summary>
    public async Task<SiloMessage> ReadNewsAsync()
    {
        while (true)
        {
            var message = await ReadAsync() ?? throw new EndOfStreamException("The silo ended the session.");
            if (message.Update is not { Upserts.Count: 0, Removals.Count: 0, Complete: false })
            {
                return message;
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
