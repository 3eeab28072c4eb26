using Mesh.Kubernetes.Configuration;
using Mesh.Silo.Configuration;
using Mesh.Silo.Identity;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Mesh.Silo.Hosting;

/// <summary>How the process logs, runs and ends.</summary>
internal static class SiloLifetime
{
    // Before the kubelet kills the pod, 10 s after it asked; it does not ask when the silo ends by itself. Orleans would try for minutes to
    // note in the membership that it leaves, and the home of that may be away for good.
    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(8);

    /// <summary>One line per event on standard output, from <see cref="SiloOptions.LogLevel"/> on.</summary>
    public static WebApplicationBuilder AddSiloLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        // What is none is reported with the other options, once they are validated.
        builder.Logging.SetMinimumLevel(
            Enum.TryParse<LogLevel>(builder.Configuration[$"{SiloOptions.Section}:{nameof(SiloOptions.LogLevel)}"], ignoreCase: true, out var level)
                ? level
                : LogLevel.Information);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        return builder;
    }

    /// <summary>
    /// Runs until the process is asked to end. What keeps the silo from starting and is no bug is told on standard error without a stack.
    /// </summary>
    /// <param name="compose">Puts the silo together.</param>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> compose)
    {
        try
        {
            // The first to be made, so that it also bounds the disposal of the silo.
            await using var limit = TimeProvider.System.CreateTimer(_ => EndLate(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            await using var app = compose();
            using var stopping = app.Lifetime.ApplicationStopping.Register(() => limit.Change(EndTime, Timeout.InfiniteTimeSpan));
            if (await ActivatorUtilities.CreateInstance<StartGate>(app.Services).PassAsync())
            {
                await app.RunAsync();
            }
            return 0;
        }
        catch (OptionsValidationException e)
        {
            foreach (var failure in e.Failures)
            {
                await Console.Error.WriteLineAsync(failure);
            }
            return 2;
        }
        catch (Exception e) when (e is IssuerException or KubernetesConfigurationException or IOException or NotSupportedException)
        {
            await Console.Error.WriteLineAsync($"The silo cannot start. {e.Message}");
            return 1;
        }
    }

    private static void EndLate()
    {
        Console.Error.WriteLine($"The silo did not end within {EndTime.TotalSeconds:0} s of being asked to, so the process ends without it.");
        Environment.Exit(1);
    }
}
