using System.Net;
using Microsoft.Extensions.Options;

namespace Orleans.Embedded.Hosting;

/// <summary>Reports everything that is wrong with the options, not only the first.</summary>
internal sealed class EmbeddedSiloOptionsValidator : IValidateOptions<EmbeddedSiloOptions>
{
    private const int SmallestFrameLimit = 64 << 10;

    public ValidateOptionsResult Validate(string? name, EmbeddedSiloOptions options)
    {
        var failures = Failures(options).ToArray();
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Failures(EmbeddedSiloOptions options)
    {
        var advertised = options.AdvertisedEndPoint ?? options.ListenEndPoint;
        if (advertised.Address.Equals(IPAddress.Any) || advertised.Address.Equals(IPAddress.IPv6Any))
        {
            yield return "The silo listens on all addresses, so the others do not know where to find it: set AdvertisedEndPoint.";
        }
        if (options.Tls is null && !(IPAddress.IsLoopback(options.ListenEndPoint.Address) && IPAddress.IsLoopback(advertised.Address)))
        {
            yield return $"Tls is not set and {options.ListenEndPoint} can be reached from other machines: set Tls, or listen on a loopback address.";
        }
        foreach (var (what, value) in new[]
        {
            (nameof(options.HeartbeatInterval), options.HeartbeatInterval), (nameof(options.ConnectTimeout), options.ConnectTimeout),
            (nameof(options.SeedInterval), options.SeedInterval), (nameof(options.JoinTimeout), options.JoinTimeout),
            (nameof(options.ShutdownTimeout), options.ShutdownTimeout),
        })
        {
            if (value <= TimeSpan.Zero)
            {
                yield return $"{what} is {value}; it has to be more than zero.";
            }
        }
        if (options.DeadAfter < options.HeartbeatInterval * 2)
        {
            yield return $"DeadAfter is {options.DeadAfter}; it has to be at least twice HeartbeatInterval, {options.HeartbeatInterval}.";
        }
        if (options.MaxFrameBytes < SmallestFrameLimit)
        {
            yield return $"MaxFrameBytes is {options.MaxFrameBytes}; it has to be at least {SmallestFrameLimit}.";
        }
    }
}
