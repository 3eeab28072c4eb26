namespace Mesh.Proxy.Http1;

/// <summary>How much of a body has passed. A mutable struct: keep it in a field.</summary>
internal struct BodyProgress
{
    private BodyFraming _framing;
    private long _left;
    private ChunkedScanner _scanner;
    private bool _scannedAll;
    // Bytes that the scanner has passed and that are not consumed yet.
    private int _scanned;

    /// <summary>Whether the last byte has been consumed. Never true for a body that ends with the connection.</summary>
    public readonly bool IsDone => _framing switch
    {
        BodyFraming.Length => _left == 0,
        BodyFraming.Chunked => _scannedAll && _scanned == 0,
        BodyFraming.UntilClose => false,
        _ => true,
    };

    /// <summary>Bytes consumed.</summary>
    public long Passed { get; private set; }

    public static BodyProgress Start(BodyFraming framing, long contentLength) => new() { _framing = framing, _left = contentLength };

    /// <returns>How many of the bytes at the front of <paramref name="data"/> are body; -1: it is not a chunked body.</returns>
    public int Available(ReadOnlySpan<byte> data)
    {
        switch (_framing)
        {
            case BodyFraming.Length:
                return (int)Math.Min(_left, data.Length);
            case BodyFraming.Chunked:
                if (!_scannedAll && _scanned < data.Length)
                {
                    var status = _scanner.Scan(data[_scanned..], out var consumed);
                    if (status == ChunkedStatus.Invalid)
                    {
                        return -1;
                    }
                    _scannedAll = status == ChunkedStatus.Done;
                    _scanned += consumed;
                }
                return _scanned;
            case BodyFraming.UntilClose:
                return data.Length;
            default:
                return 0;
        }
    }

    public void Consumed(int count)
    {
        Passed += count;
        if (_framing == BodyFraming.Length)
        {
            _left -= count;
        }
        else if (_framing == BodyFraming.Chunked)
        {
            _scanned -= count;
        }
    }
}
