namespace Orleans.Runtime;

/// <summary>A request was turned away: it has not been carried out, unless a derived type says otherwise.</summary>
public class OrleansMessageRejectionException : OrleansException
{
    internal OrleansMessageRejectionException(string message)
        : base(message)
    {
    }

    internal OrleansMessageRejectionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
