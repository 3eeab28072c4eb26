namespace Mesh.Proxy.Http2.Frames;

/// <summary>Flow-control windows (RFC 9113 section 6.9).</summary>
internal static class FlowWindow
{
    /// <summary>What a window has until SETTINGS or WINDOW_UPDATE say otherwise.</summary>
    public const int DefaultSize = 65_535;
}
