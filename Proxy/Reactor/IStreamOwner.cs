namespace Mesh.Proxy.Reactor;

/// <summary>Whoever uses a <see cref="ByteStream"/>. Called on the stream's loop.</summary>
internal interface IStreamOwner
{
    /// <summary>The stream may be readable or writable again, or a deferred turn has come.</summary>
    void OnStreamReady();

    /// <summary>The time limit set with <see cref="ByteStream.SetDeadline"/> has passed.</summary>
    void OnTimer();

    /// <summary>A call above threw, which is a bug: the owner closes the stream without throwing.</summary>
    void OnFault(Exception exception);
}
