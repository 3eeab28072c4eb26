namespace Orleans.Configuration;

/// <summary>How requests travel.</summary>
public abstract class MessagingOptions
{
    /// <summary>How long a caller waits for an answer, unless the method says otherwise. Default: 30 s, as with Microsoft's engine.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
