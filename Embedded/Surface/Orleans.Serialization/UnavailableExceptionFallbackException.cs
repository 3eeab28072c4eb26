namespace Orleans.Serialization;

/// <summary>Stands for an exception of another silo whose type this one does not know, or may not create.</summary>
public sealed class UnavailableExceptionFallbackException : Exception
{
    public UnavailableExceptionFallbackException()
    {
    }

    public UnavailableExceptionFallbackException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The full name of the original type.</summary>
    public string? ExceptionType { get; internal set; }

    public override string ToString() => $"{ExceptionType} (of a type unknown here): {base.ToString()}";
}
