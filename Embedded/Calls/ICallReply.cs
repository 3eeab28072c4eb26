namespace Orleans.Embedded.Calls;

/// <summary>Where the outcome of a call goes. Each is told once, by the <see cref="Call"/>.</summary>
internal interface ICallReply
{
    /// <exception cref="NotSupportedException">The result cannot travel; the call then fails with that.</exception>
    void Succeed(object? result);

    void Fail(Exception exception);
}
