namespace Orleans.Configuration;

/// <summary>How requests travel between silos.</summary>
public class SiloMessagingOptions : MessagingOptions
{
    /// <summary>How many silos may pass a request on before it is turned back to its sender. Default: 2, as with Microsoft's engine.</summary>
    public int MaxForwardCount { get; set; } = 2;
}
