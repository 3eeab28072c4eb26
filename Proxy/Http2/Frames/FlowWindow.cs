namespace Mesh.Proxy.Http2.Frames;

/// <summary>
/// Arithmetic of flow-control windows (RFC 9113 section 6.9). A window may be negative after a change of the initial size.
/// </summary>
internal static class FlowWindow
{
    /// <summary>What a window has until SETTINGS or WINDOW_UPDATE say otherwise.</summary>
    public const int DefaultSize = 65_535;

    /// <summary>Adds what a WINDOW_UPDATE brings.</summary>
    /// <returns>
    /// ProtocolError for an increment of 0, FlowControlError when the window would exceed 2^31-1 (then it is unchanged). They end the
    /// stream, or the connection when the window is the connection's.
    /// </returns>
    public static Http2Error Add(ref int window, int increment)
    {
        if (increment == 0)
        {
            return Http2Error.ProtocolError;
        }
        var sum = (long)window + increment;
        if (sum > int.MaxValue)
        {
            return Http2Error.FlowControlError;
        }
        window = (int)sum;
        return Http2Error.NoError;
    }

    /// <summary>Follows a change of SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 section 6.9.2).</summary>
    /// <returns>FlowControlError, which ends the connection, when the window would exceed 2^31-1.</returns>
    public static Http2Error Resize(ref int window, int oldInitialSize, int newInitialSize)
    {
        var sum = (long)window + newInitialSize - oldInitialSize;
        if (sum is > int.MaxValue or < int.MinValue)
        {
            return Http2Error.FlowControlError;
        }
        window = (int)sum;
        return Http2Error.NoError;
    }
}
