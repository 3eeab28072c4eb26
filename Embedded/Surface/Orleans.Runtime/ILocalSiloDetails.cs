namespace Orleans.Runtime;

/// <summary>Who this silo is.</summary>
public interface ILocalSiloDetails
{
    string Name { get; }

    string ClusterId { get; }

    string DnsHostName { get; }

    SiloAddress SiloAddress { get; }

    /// <summary>Where clients would connect; the embedded engine has none, so it is <see cref="SiloAddress"/>.</summary>
    SiloAddress GatewayAddress { get; }
}
