using System.Buffers.Binary;

namespace Mesh.Sandbox.Api.Schemas;

/// <summary>Reads the fields of a protobuf message one by one, <see href="https://protobuf.dev/programming-guides/encoding/"/>.</summary>
internal ref struct ProtobufReader
{
    private ReadOnlySpan<byte> _rest;

    public ProtobufReader(ReadOnlySpan<byte> message) => _rest = message;

    /// <summary>The next field: a number for varints and fixed widths, else its bytes. False at the end.</summary>
    /// <exception cref="FormatException">The message is cut off or uses groups.</exception>
    public bool TryRead(out int number, out ulong integer, out ReadOnlySpan<byte> content)
    {
        number = 0;
        integer = 0;
        content = default;
        if (_rest.IsEmpty)
        {
            return false;
        }
        var tag = Varint();
        number = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                integer = Varint();
                break;
            case 1:
                integer = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case 2:
                content = Take(Varint());
                break;
            case 5:
                integer = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            default:
                throw new FormatException($"wire type {tag & 7} is not used by Kubernetes");
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new FormatException("the message is cut off");
        }
        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
            {
                throw new FormatException("the message is cut off");
            }
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw new FormatException("a number is too long");
    }
}
