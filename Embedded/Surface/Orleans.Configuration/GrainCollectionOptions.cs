namespace Orleans.Configuration;

/// <summary>When idle activations end.</summary>
public class GrainCollectionOptions
{
    /// <summary>How often idle activations are looked for. Default: 1 minute, as with Microsoft's engine.</summary>
    public TimeSpan CollectionQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an activation may be idle, unless its class says otherwise. Default: 15 minutes, as with Microsoft's engine.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);
}
