namespace Mesh.Proxy.Http2;

/// <summary>The loop that sessions live on, as they see it.</summary>
internal interface ISessionLoop
{
    /// <summary>Has <see cref="Http2Session.FlushTurn"/> called at the end of the loop's turn.</summary>
    void FlushAtEndOfTurn(Http2Session session);
}
