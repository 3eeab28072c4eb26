namespace Mesh.Proxy.Http1;

/// <summary>
/// Follows a chunked body (RFC 9112 section 7.1) without changing it, through its trailers to its last byte. Strict: the bytes go on to
/// a recipient that must see the same chunks.
/// </summary>
internal struct ChunkedScanner
{
    // 15 hexadecimal digits cannot overflow a long.
    private const int MaxSizeDigits = 15;
    private const int MaxExtensionLength = 4 * 1024;
    private const int MaxTrailersLength = 16 * 1024;
    private State _state;
    private long _left;
    private int _count;
    private int _reservedMatch;

    private enum State
    {
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        LineStart,
        TrailerName,
        TrailerValue,
        TrailerLineFeed,
        EndLineFeed,
        Done,
    }

    private static ReadOnlySpan<byte> Reserved => "l5d-"u8;

    /// <param name="data">The next bytes.</param>
    /// <param name="consumed">How many of them belong to the body.</param>
    public ChunkedStatus Scan(ReadOnlySpan<byte> data, out int consumed)
    {
        var at = 0;
        while (at < data.Length && _state != State.Done)
        {
            if (_state == State.Data)
            {
                var count = (int)Math.Min(_left, data.Length - at);
                at += count;
                _left -= count;
                if (_left == 0)
                {
                    _state = State.DataReturn;
                }
                continue;
            }
            if (!Step(data[at++]))
            {
                consumed = at;
                return ChunkedStatus.Invalid;
            }
        }
        consumed = at;
        return _state == State.Done ? ChunkedStatus.Done : ChunkedStatus.NeedMore;
    }

    private bool Step(byte value)
    {
        switch (_state)
        {
            case State.Size:
                return StepSize(value);
            case State.Extension:
                if (value == '\r')
                {
                    _state = State.SizeLineFeed;
                    return true;
                }
                return ++_count <= MaxExtensionLength && IsText(value);
            case State.SizeLineFeed:
                _state = _left == 0 ? State.LineStart : State.Data;
                _count = 0;
                return value == '\n';
            case State.DataReturn:
                _state = State.DataLineFeed;
                return value == '\r';
            case State.DataLineFeed:
                _state = State.Size;
                _count = 0;
                return value == '\n';
            case State.EndLineFeed:
                _state = State.Done;
                return value == '\n';
            default:
                return ++_count <= MaxTrailersLength && StepTrailer(value);
        }
    }

    private bool StepSize(byte value)
    {
        if (char.IsAsciiHexDigit((char)value))
        {
            var digit = value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10;
            _left = _left * 16 + digit;
            return ++_count <= MaxSizeDigits;
        }
        if (_count == 0)
        {
            return false;
        }
        _count = 0;
        switch (value)
        {
            case (byte)';':
                _state = State.Extension;
                return true;
            case (byte)'\r':
                _state = State.SizeLineFeed;
                return true;
            default:
                return false;
        }
    }

    private bool StepTrailer(byte value)
    {
        switch (_state)
        {
            case State.LineStart:
                if (value == '\r')
                {
                    _state = State.EndLineFeed;
                    return true;
                }
                _state = State.TrailerName;
                _reservedMatch = 0;
                return value != ':' && StepTrailer(value);
            case State.TrailerName:
                if (value == ':')
                {
                    _state = State.TrailerValue;
                    return true;
                }
                // A trailer must not pass for one of the headers that only a proxy may set.
                _reservedMatch = _reservedMatch >= 0 && _reservedMatch < Reserved.Length && (value | 0x20) == (Reserved[_reservedMatch] | 0x20)
                    ? _reservedMatch + 1
                    : -1;
                return _reservedMatch != Reserved.Length && IsToken(value);
            case State.TrailerValue:
                if (value == '\r')
                {
                    _state = State.TrailerLineFeed;
                    return true;
                }
                return IsText(value);
            default:
                _state = State.LineStart;
                return value == '\n';
        }
    }

    private static bool IsText(byte value) => value is >= 0x20 and not 0x7F or (byte)'\t';

    private static bool IsToken(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || "!#$%&'*+-.^_`|~"u8.IndexOf(value) >= 0;
}
