using System.Text;

namespace Mesh.Proxy.Tests.DataPlane;

/// <summary>Reads messages off a stream, byte for byte as they came.</summary>
internal sealed class WireReader(Stream stream)
{
    private readonly List<byte> _buffer = [];

    /// <returns>A head with its empty line; null at the end of the stream.</returns>
    public async Task<string?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. _buffer]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _buffer.RemoveRange(0, end + 4);
                return text[..(end + 4)];
            }
            if (!await MoreAsync(cancellationToken))
            {
                return null;
            }
        }
    }

    public async Task<byte[]> ReadExactlyAsync(int count, CancellationToken cancellationToken)
    {
        while (_buffer.Count < count)
        {
            if (!await MoreAsync(cancellationToken))
            {
                throw new EndOfStreamException($"The stream ended after {_buffer.Count} of {count} bytes.");
            }
        }
        var bytes = _buffer.GetRange(0, count).ToArray();
        _buffer.RemoveRange(0, count);
        return bytes;
    }

    public async Task<string> ReadTextAsync(int count, CancellationToken cancellationToken) =>
        Encoding.Latin1.GetString(await ReadExactlyAsync(count, cancellationToken));

    /// <returns>Head and body of a response that says its length.</returns>
    public async Task<(string Head, string Body)> ReadResponseAsync(CancellationToken cancellationToken)
    {
        var head = await ReadHeadAsync(cancellationToken) ?? throw new EndOfStreamException("The stream ended before a response.");
        var line = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
        var length = line is null ? 0 : int.Parse(line[15..], System.Globalization.CultureInfo.InvariantCulture);
        return (head, await ReadTextAsync(length, cancellationToken));
    }

    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await MoreAsync(cancellationToken))
        {
        }
        var text = Encoding.Latin1.GetString([.. _buffer]);
        _buffer.Clear();
        return text;
    }

    private async Task<bool> MoreAsync(CancellationToken cancellationToken)
    {
        var chunk = new byte[64 * 1024];
        var read = await stream.ReadAsync(chunk, cancellationToken);
        _buffer.AddRange(chunk.AsSpan(0, read));
        return read > 0;
    }
}
