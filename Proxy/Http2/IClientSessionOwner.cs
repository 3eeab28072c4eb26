namespace Mesh.Proxy.Http2;

/// <summary>Whoever opens streams on a client's session. Called from the session's turn.</summary>
internal interface IClientSessionOwner
{
    /// <summary>How long a session without streams is kept.</summary>
    TimeSpan IdleTimeout { get; }

    /// <summary>The peer takes no new streams. Those there are may go on.</summary>
    void OnClosing(Http2ClientSession session);

    /// <summary>The connection is closed.</summary>
    void OnClosed(Http2ClientSession session);
}
