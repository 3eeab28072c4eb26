namespace Orleans.Runtime;

/// <summary>A failure of the grain machinery, as opposed to one of a grain.</summary>
public class OrleansException : Exception
{
    public OrleansException()
        : base("Something in Orleans went wrong.")
    {
    }

    public OrleansException(string message)
        : base(message)
    {
    }

    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
