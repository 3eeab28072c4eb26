using Mesh.Proxy.Cni;
using Mesh.Proxy.Enrolment;
using Microsoft.Extensions.Hosting;

namespace Mesh.Proxy.Succession;

/// <summary>
/// The moment this process begins to serve: takes up the pods, of the predecessor or from disk, and says so. The data plane runs and
/// certificates are being taken up before; whatever only one process may do comes after.
/// </summary>
internal sealed class TakeOver(Succession succession, EnrolmentKeeper enrolments, HandoverServer handover) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (succession.Pods is { } pods)
        {
            await enrolments.InheritAsync(pods, cancellationToken);
            handover.Inherit(succession.CniListener!);
        }
        else
        {
            await enrolments.RestoreAsync(cancellationToken);
        }
        await succession.ServeAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
