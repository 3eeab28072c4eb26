using Mesh.Proxy.Http2.Frames;

namespace Mesh.Proxy.Tests.Http2.Frames;

public sealed class FrameTests
{
    private const int MaxLength = FrameHeader.DefaultMaxLength;

    [Fact]
    public void TryRead_OfAHeader_MasksTheReservedBitAndNeedsNineOctets()
    {
        byte[] bytes = [0x01, 0x02, 0x03, 0x01, 0x25, 0xFF, 0xFF, 0xFF, 0xFE];
        for (var length = 0; length < FrameHeader.Size; length++)
        {
            Assert.False(FrameHeader.TryRead(bytes.AsSpan(0, length), out _));
        }
        Assert.True(FrameHeader.TryRead(bytes, out var header));
        var flags = FrameFlags.Priority | FrameFlags.EndHeaders | FrameFlags.EndStream;
        Assert.Equal(new FrameHeader(0x010203, FrameType.Headers, flags, 0x7FFFFFFE), header);
    }

    [Theory]
    [InlineData(0, FrameType.Data, 0)]
    [InlineData(MaxLength, FrameType.Data, 1)]
    [InlineData(FrameHeader.LargestLength, FrameType.Continuation, int.MaxValue)]
    [InlineData(8, (FrameType)0xEE, 77)]
    internal void Write_ThenTryRead_GivesTheSameHeader(int length, FrameType type, int streamId)
    {
        var header = new FrameHeader(length, type, (FrameFlags)0xA5, streamId);
        Span<byte> bytes = stackalloc byte[FrameHeader.Size];
        header.Write(bytes);
        Assert.True(FrameHeader.TryRead(bytes, out var read));
        Assert.Equal(header, read);
    }

    [Theory]
    [InlineData(MaxLength, FrameType.Data, 0, 1, Http2Error.NoError)]
    [InlineData(MaxLength + 1, FrameType.Data, 0, 1, Http2Error.FrameSizeError)]
    [InlineData(5, FrameType.Data, 0, 0, Http2Error.ProtocolError)]
    [InlineData(5, FrameType.Headers, 4, 0, Http2Error.ProtocolError)]
    [InlineData(5, FrameType.Continuation, 4, 0, Http2Error.ProtocolError)]
    [InlineData(5, FrameType.PushPromise, 4, 0, Http2Error.ProtocolError)]
    [InlineData(5, FrameType.Priority, 0, 0, Http2Error.ProtocolError)]
    [InlineData(5, FrameType.Priority, 0, 3, Http2Error.NoError)]
    [InlineData(4, FrameType.Priority, 0, 3, Http2Error.FrameSizeError)]
    [InlineData(4, FrameType.RstStream, 0, 0, Http2Error.ProtocolError)]
    [InlineData(4, FrameType.RstStream, 0, 3, Http2Error.NoError)]
    [InlineData(5, FrameType.RstStream, 0, 3, Http2Error.FrameSizeError)]
    [InlineData(6, FrameType.Settings, 0, 1, Http2Error.ProtocolError)]
    [InlineData(12, FrameType.Settings, 0, 0, Http2Error.NoError)]
    [InlineData(7, FrameType.Settings, 0, 0, Http2Error.FrameSizeError)]
    [InlineData(0, FrameType.Settings, 1, 0, Http2Error.NoError)]
    [InlineData(6, FrameType.Settings, 1, 0, Http2Error.FrameSizeError)]
    [InlineData(8, FrameType.Ping, 0, 0, Http2Error.NoError)]
    [InlineData(7, FrameType.Ping, 0, 0, Http2Error.FrameSizeError)]
    [InlineData(8, FrameType.Ping, 0, 1, Http2Error.ProtocolError)]
    [InlineData(8, FrameType.GoAway, 0, 0, Http2Error.NoError)]
    [InlineData(7, FrameType.GoAway, 0, 0, Http2Error.FrameSizeError)]
    [InlineData(8, FrameType.GoAway, 0, 1, Http2Error.ProtocolError)]
    [InlineData(4, FrameType.WindowUpdate, 0, 0, Http2Error.NoError)]
    [InlineData(4, FrameType.WindowUpdate, 0, 9, Http2Error.NoError)]
    [InlineData(3, FrameType.WindowUpdate, 0, 9, Http2Error.FrameSizeError)]
    [InlineData(3, (FrameType)0x77, 0, 9, Http2Error.NoError)]
    [InlineData(MaxLength + 1, (FrameType)0x77, 0, 9, Http2Error.FrameSizeError)]
    internal void Check_OfAHeader_KnowsLengthsAndStreams(int length, FrameType type, int flags, int streamId, Http2Error expected) =>
        Assert.Equal(expected, new FrameHeader(length, type, (FrameFlags)flags, streamId).Check(MaxLength));

    [Theory]
    [InlineData("0361626300", FrameFlags.None, "0361626300", Http2Error.NoError)]
    [InlineData("01616200", FrameFlags.Padded, "6162", Http2Error.NoError)]
    [InlineData("0000", FrameFlags.Padded, "00", Http2Error.NoError)]
    [InlineData("020000", FrameFlags.Padded, "", Http2Error.NoError)]
    [InlineData("030000", FrameFlags.Padded, "", Http2Error.ProtocolError)]
    [InlineData("ff", FrameFlags.Padded, "", Http2Error.ProtocolError)]
    [InlineData("", FrameFlags.Padded, "", Http2Error.FrameSizeError)]
    [InlineData("000000031082", FrameFlags.Priority, "82", Http2Error.NoError)]
    [InlineData("0000000310", FrameFlags.Priority, "", Http2Error.NoError)]
    [InlineData("00000003", FrameFlags.Priority, "", Http2Error.FrameSizeError)]
    [InlineData("01000000031082aa", FrameFlags.Priority | FrameFlags.Padded, "82", Http2Error.NoError)]
    [InlineData("03000000031082aa", FrameFlags.Priority | FrameFlags.Padded, "", Http2Error.FrameSizeError)]
    internal void Headers_OfAPayload_TakesOffPaddingAndPriority(string payload, FrameFlags flags, string expected, Http2Error error)
    {
        var bytes = Convert.FromHexString(payload);
        var header = new FrameHeader(bytes.Length, FrameType.Headers, flags, 1);
        Assert.Equal(error, FramePayload.Headers(header, bytes, out var fragment));
        Assert.Equal(expected, Convert.ToHexStringLower(fragment));
    }

    [Theory]
    [InlineData(SettingId.EnablePush, 1u, false, Http2Error.NoError)]
    [InlineData(SettingId.EnablePush, 1u, true, Http2Error.ProtocolError)]
    [InlineData(SettingId.EnablePush, 2u, false, Http2Error.ProtocolError)]
    [InlineData(SettingId.InitialWindowSize, 0x7FFFFFFFu, false, Http2Error.NoError)]
    [InlineData(SettingId.InitialWindowSize, 0x80000000u, false, Http2Error.FlowControlError)]
    [InlineData(SettingId.MaxFrameSize, 16_383u, false, Http2Error.ProtocolError)]
    [InlineData(SettingId.MaxFrameSize, 16_384u, false, Http2Error.NoError)]
    [InlineData(SettingId.MaxFrameSize, 0x1000000u, false, Http2Error.ProtocolError)]
    [InlineData(SettingId.EnableConnectProtocol, 2u, true, Http2Error.ProtocolError)]
    [InlineData(SettingId.HeaderTableSize, 0xFFFFFFFFu, false, Http2Error.NoError)]
    [InlineData((SettingId)0xABCD, 0xFFFFFFFFu, false, Http2Error.NoError)]
    internal void Check_OfASetting_KnowsItsValues(SettingId id, uint value, bool fromServer, Http2Error expected) =>
        Assert.Equal(expected, new Setting(id, value).Check(fromServer));

    [Fact]
    public void Settings_WrittenAndRead_AreTheSame()
    {
        var settings = new[] { new Setting(SettingId.MaxConcurrentStreams, 100), new Setting(SettingId.InitialWindowSize, 65_536) };
        Span<byte> bytes = new byte[FrameWriter.SettingsSize(2)];
        Assert.Equal(bytes.Length, FrameWriter.Settings(bytes, settings));
        Assert.True(FrameHeader.TryRead(bytes, out var header));
        Assert.Equal(new FrameHeader(12, FrameType.Settings, FrameFlags.None, 0), header);
        ReadOnlySpan<byte> payload = bytes[FrameHeader.Size..];
        foreach (var setting in settings)
        {
            Assert.True(Setting.TryRead(ref payload, out var read));
            Assert.Equal(setting, read);
        }
        Assert.False(Setting.TryRead(ref payload, out _));
    }

    [Fact]
    public void Writers_OfControlFrames_GiveFramesThatPassTheirCheck()
    {
        var room = new byte[64];
        var written = new List<int>
        {
            FrameWriter.SettingsAck(room),
            FrameWriter.Ping(room, "01234567"u8, isAck: true),
        };
        Assert.Equal("01234567"u8.ToArray(), room[9..17]);
        written.Add(FrameWriter.WindowUpdate(room, 3, 1000));
        Assert.Equal(1000, FramePayload.WindowIncrement(room.AsSpan(9)));
        written.Add(FrameWriter.RstStream(room, 3, Http2Error.Cancel));
        Assert.Equal(Http2Error.Cancel, FramePayload.ResetCode(room.AsSpan(9)));
        written.Add(FrameWriter.GoAway(room, 7, Http2Error.EnhanceYourCalm));
        Assert.Equal((7, Http2Error.EnhanceYourCalm), FramePayload.GoAway(room.AsSpan(9)));
        Assert.Equal(
            [
                FrameWriter.SettingsAckSize, FrameWriter.PingSize, FrameWriter.WindowUpdateSize, FrameWriter.RstStreamSize,
                FrameWriter.GoAwaySize,
            ],
            written);
        FrameHeader.TryRead(room, out var header);
        Assert.Equal(Http2Error.NoError, header.Check(MaxLength));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(1234)]
    public void Headers_OfABlock_CutsItIntoFramesThatGiveItBack(int blockLength)
    {
        const int MaxFrame = 100;
        var block = Enumerable.Range(0, blockLength).Select(i => (byte)(i * 7)).ToArray();
        var room = new byte[FrameWriter.HeadersSize(blockLength, MaxFrame)];
        block.CopyTo(room.AsSpan(FrameHeader.Size));
        Assert.Equal(room.Length, FrameWriter.Headers(room, 5, blockLength, endStream: true, MaxFrame));
        var joined = new List<byte>();
        var ended = false;
        for (var at = 0; at < room.Length;)
        {
            Assert.False(ended);
            Assert.True(FrameHeader.TryRead(room.AsSpan(at), out var header));
            Assert.Equal(5, header.StreamId);
            Assert.InRange(header.Length, 0, MaxFrame);
            Assert.Equal(at == 0 ? FrameType.Headers : FrameType.Continuation, header.Type);
            Assert.Equal(at == 0, header.Has(FrameFlags.EndStream));
            ended = header.Has(FrameFlags.EndHeaders);
            joined.AddRange(room[(at + FrameHeader.Size)..(at + FrameHeader.Size + header.Length)]);
            at += FrameHeader.Size + header.Length;
        }
        Assert.True(ended);
        Assert.Equal(block, joined);
    }

    [Fact]
    public void Payloads_OfRandomFrames_NeverThrow()
    {
        var random = new Random(9113);
        for (var i = 0; i < 200_000; i++)
        {
            var payload = new byte[random.Next(20)];
            random.NextBytes(payload);
            var header = new FrameHeader(payload.Length, (FrameType)random.Next(12), (FrameFlags)random.Next(256), random.Next(3));
            if (header.Check(MaxLength) != Http2Error.NoError)
            {
                continue;
            }
            switch (header.Type)
            {
                case FrameType.Data:
                    var error = FramePayload.Data(header, payload, out var data);
                    Assert.True(error != Http2Error.NoError || data.Length <= payload.Length);
                    break;
                case FrameType.Headers:
                    _ = FramePayload.Headers(header, payload, out _);
                    break;
                case FrameType.WindowUpdate:
                    Assert.True(FramePayload.WindowIncrement(payload) >= 0);
                    break;
                case FrameType.RstStream:
                    _ = FramePayload.ResetCode(payload);
                    break;
                case FrameType.GoAway:
                    Assert.True(FramePayload.GoAway(payload).LastStreamId >= 0);
                    break;
                case FrameType.Settings:
                    ReadOnlySpan<byte> rest = payload;
                    while (Setting.TryRead(ref rest, out var setting))
                    {
                        _ = setting.Check(fromServer: true);
                    }
                    Assert.True(rest.IsEmpty);
                    break;
                default:
                    break;
            }
        }
    }
}
