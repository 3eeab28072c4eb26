namespace Mesh.Silo.Hosting;

/// <summary>
/// What a listening socket of the silo is for. A request is served by the capability whose socket it came in on, whatever its Host.
/// </summary>
internal enum ListenerPurpose
{
    NodeSessions,
    Viz,
    Health,
}
