namespace Mesh.Embedded.Tests.Transport;

/// <summary>Gives what it holds piece by piece, then ends.</summary>
internal sealed class PiecesStream(params byte[][] pieces) : MemoryStream(pieces.SelectMany(piece => piece).ToArray(), writable: false)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var end = 0L;
        foreach (var piece in pieces)
        {
            end += piece.Length;
            if (Position < end)
            {
                break;
            }
        }
        return base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, end - Position)], cancellationToken);
    }
}
