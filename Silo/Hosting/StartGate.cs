using Mesh.Silo.Configuration;
using Mesh.Silo.Health;

namespace Mesh.Silo.Hosting;

/// <summary>
/// Holds the silo's start up until its <see cref="IStartCondition"/>s are met. Orleans starts before the silo's own sockets listen, so
/// meanwhile a small server answers the probes: alive, and not ready for this reason.
/// </summary>
internal sealed partial class StartGate(
    IEnumerable<IStartCondition> conditions, SiloOptions options, TimeProvider time, ILogger<StartGate> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly IStartCondition[] _conditions = [.. conditions];
    private volatile string _missing = "";

    /// <returns>False: the process was asked to end while it waited.</returns>
    public async Task<bool> PassAsync()
    {
        if (await IsOpenAsync(CancellationToken.None))
        {
            return true;
        }
        await using var probes = Probes();
        await probes.StartAsync();
        var stopping = probes.Lifetime.ApplicationStopping;
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (await IsOpenAsync(stopping))
                {
                    LogOpen();
                    return true;
                }
            }
            return false;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await probes.StopAsync();
        }
    }

    private async Task<bool> IsOpenAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(_conditions.Select(c => c.MissingAsync(cancellationToken)));
        var missing = string.Join('\n', answers.OfType<string>());
        if (missing.Length > 0 && missing != _missing)
        {
            LogWaiting(missing);
        }
        _missing = missing;
        return missing.Length == 0;
    }

    private WebApplication Probes()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.AddSiloLogging();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(options.HealthPort));
        builder.Services.AddSingleton<IReadiness>(new Waiting(this));
        builder.Services.AddSingleton(new PrometheusExporter());
        builder.Services.AddSingleton<HealthEndpoint>();
        var probes = builder.Build();
        probes.Run(context => context.RequestServices.GetRequiredService<HealthEndpoint>().HandleAsync(context));
        return probes;
    }

    [LoggerMessage(6040, LogLevel.Warning, "Waiting before this silo can join the others. {Missing}")]
    private partial void LogWaiting(string missing);

    [LoggerMessage(6041, LogLevel.Information, "What was missing is there; joining the other silos.")]
    private partial void LogOpen();

    private sealed class Waiting(StartGate gate) : IReadiness
    {
        public string? Missing => gate._missing is { Length: > 0 } missing ? missing : "the silo is starting";
    }
}
