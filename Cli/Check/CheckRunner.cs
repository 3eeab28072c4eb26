using Mesh.Cli.CommandLine;
using Mesh.Kubernetes;
using Mesh.Kubernetes.Configuration;

namespace Mesh.Cli.Check;

/// <summary>Runs checks in order; a fatal one that fails ends the run.</summary>
internal sealed class CheckRunner(TimeProvider time, TimeSpan wait)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly long _start = time.GetTimestamp();

    /// <returns>Whether nothing but warnings came up.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<CheckCategory> categories, ICheckReport report, CancellationToken cancellationToken)
    {
        var success = true;
        var fatal = false;
        foreach (var category in categories)
        {
            if (fatal)
            {
                break;
            }
            report.Begin(category);
            foreach (var item in category.Items)
            {
                var result = await RunAsync(item, report, cancellationToken);
                report.Add(result);
                success &= result.Outcome != CheckOutcome.Error;
                if (result.Outcome == CheckOutcome.Error && item.Fatal)
                {
                    fatal = true;
                    break;
                }
            }
            report.End();
        }
        report.Finish(success);
        return success;
    }

    private async Task<CheckResult> RunAsync(CheckItem item, ICheckReport report, CancellationToken cancellationToken)
    {
        while (true)
        {
            var error = await ErrorAsync(item, cancellationToken);
            if (error is null)
            {
                return new CheckResult(item, CheckOutcome.Success, null);
            }
            if (!item.Retry || time.GetElapsedTime(_start) + Pause > wait)
            {
                return new CheckResult(item, item.Warning ? CheckOutcome.Warning : CheckOutcome.Error, error);
            }
            await report.WaitAsync(item, error, Task.Delay(Pause, time, cancellationToken));
        }
    }

    private static async Task<string?> ErrorAsync(CheckItem item, CancellationToken cancellationToken)
    {
        try
        {
            await item.RunAsync(cancellationToken);
            return null;
        }
        catch (Exception e) when (e is CheckFailedException or CommandFailedException or KubernetesException
            or KubernetesConfigurationException or HttpRequestException or TimeoutException)
        {
            return e is HttpRequestException { InnerException: { } inner } ? inner.Message : e.Message;
        }
    }
}
