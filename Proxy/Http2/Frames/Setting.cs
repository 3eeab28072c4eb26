using System.Buffers.Binary;

namespace Mesh.Proxy.Http2.Frames;

/// <summary>One parameter of a SETTINGS frame (RFC 9113 section 6.5.1).</summary>
internal readonly record struct Setting(SettingId Id, uint Value)
{
    public const int Size = 6;

    /// <summary>Takes the next parameter off a payload; false at its end.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> payload, out Setting setting)
    {
        setting = default;
        if (payload.Length < Size)
        {
            return false;
        }
        setting = new Setting((SettingId)BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload[2..]));
        payload = payload[Size..];
        return true;
    }

    /// <summary>Whether the value is one the parameter can have.</summary>
    /// <param name="fromServer">A server cannot enable push (RFC 9113 section 6.5.2).</param>
    /// <returns>The error that ends the connection; NoError when it is valid or the parameter unknown.</returns>
    public Http2Error Check(bool fromServer) => Id switch
    {
        SettingId.EnablePush => Value > (fromServer ? 0u : 1u) ? Http2Error.ProtocolError : Http2Error.NoError,
        SettingId.InitialWindowSize => Value > int.MaxValue ? Http2Error.FlowControlError : Http2Error.NoError,
        SettingId.MaxFrameSize =>
            Value is < FrameHeader.DefaultMaxLength or > FrameHeader.LargestLength ? Http2Error.ProtocolError : Http2Error.NoError,
        SettingId.EnableConnectProtocol or SettingId.NoRfc7540Priorities =>
            Value > 1 ? Http2Error.ProtocolError : Http2Error.NoError,
        _ => Http2Error.NoError,
    };
}
