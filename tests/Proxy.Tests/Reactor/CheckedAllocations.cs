using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Tests.Reactor;

internal static class CheckedAllocations
{
    /// <summary>All tests run with guard bytes around native buffers.</summary>
    [ModuleInitializer]
    internal static void TurnOn() => AppContext.SetSwitch("Mesh.Proxy.CheckAllocations", isEnabled: true);
}
