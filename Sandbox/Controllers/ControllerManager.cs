using Mesh.Sandbox.Api;

namespace Mesh.Sandbox.Controllers;

/// <summary>Runs a cluster's controllers.</summary>
internal sealed class ControllerManager : IAsyncDisposable
{
    public ControllerManager(ResourceOperations operations, string authorityPem, TimeProvider time)
    {
        _ = (operations, authorityPem, time);
    }

    public void Start()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
