using Mesh.Proxy.Http2.Hpack;

namespace Mesh.Proxy.Http2;

/// <summary>Whoever answers the requests of a session. Called from the session's turn.</summary>
internal interface IServerSessionOwner
{
    /// <summary>How long a client may take to send its preface and settings.</summary>
    TimeSpan SettingsTimeout { get; }

    /// <summary>How long a connection without streams is kept.</summary>
    TimeSpan IdleTimeout { get; }

    /// <summary>A request. The owner says whose the stream is (<see cref="Http2Stream.Attach"/>) before it returns.</summary>
    /// <param name="stream">Where it came.</param>
    /// <param name="headers">Well-formed; valid during the call. Empty when they were larger than allowed.</param>
    /// <param name="end">Whether the request has no body.</param>
    void OnRequest(Http2Stream stream, HeaderList headers, bool end);

    /// <summary>The connection is closed; its streams have been told.</summary>
    void OnClosed();
}
