using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Mesh.Sandbox.Node;

/// <summary>Copies a container's log, line by line, and on as it grows.</summary>
internal sealed class LogReader(string path, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private IReadOnlyList<(long Length, DateTimeOffset Time)> _times = [];
    private int _timeIndex;

    /// <param name="output">Gets the lines; flushed as they come.</param>
    /// <param name="request">Which lines.</param>
    /// <param name="isOver">Whether the log can grow no more.</param>
    /// <param name="cancellationToken">The reader went away.</param>
    public async Task CopyAsync(PipeWriter output, LogRequest request, Func<bool> isOver, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var offset = request.TailLines is { } lines ? TailOffset(file, lines) : 0;
        var limit = request.LimitBytes ?? long.MaxValue;
        var buffer = new ArrayBufferWriter<byte>();
        var chunk = new byte[16 * 1024];
        file.Position = offset;
        while (true)
        {
            var over = isOver();
            if (file.Length < file.Position)
            {
                // The log has begun anew.
                file.Position = offset = 0;
                buffer.Clear();
            }
            var read = await file.ReadAsync(chunk, cancellationToken);
            if (read > 0)
            {
                buffer.Write(chunk.AsSpan(0, read));
                limit -= WriteLines(output, buffer, ref offset, request, limit, last: false);
                await output.FlushAsync(cancellationToken);
            }
            else if (over || !request.Follow)
            {
                WriteLines(output, buffer, ref offset, request, limit, last: true);
                await output.FlushAsync(cancellationToken);
                return;
            }
            else
            {
                await Task.Delay(PollInterval, time, cancellationToken);
            }
            if (limit <= 0)
            {
                return;
            }
        }
    }

    private long WriteLines(PipeWriter output, ArrayBufferWriter<byte> buffer, ref long offset, LogRequest request, long limit, bool last)
    {
        var written = 0L;
        var rest = buffer.WrittenSpan;
        while (rest.Length > 0 && written < limit)
        {
            var end = rest.IndexOf((byte)'\n');
            if (end < 0 && !last)
            {
                break;
            }
            var line = end < 0 ? rest : rest[..(end + 1)];
            if (request.Timestamps || request.Since is not null)
            {
                var at = TimeAt(offset);
                if (request.Since is null || at >= request.Since)
                {
                    if (request.Timestamps)
                    {
                        var stamp = Encoding.ASCII.GetBytes(at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '", CultureInfo.InvariantCulture));
                        output.Write(stamp);
                        written += stamp.Length;
                    }
                    output.Write(line);
                    written += line.Length;
                }
            }
            else
            {
                var part = line[..(int)Math.Min(line.Length, limit - written)];
                output.Write(part);
                written += part.Length;
            }
            offset += line.Length;
            rest = rest[line.Length..];
        }
        var left = rest.ToArray();
        buffer.Clear();
        buffer.Write(left);
        return written;
    }

    /// <summary>When the byte at an offset was first seen; lines not sampled yet are of now.</summary>
    private DateTimeOffset TimeAt(long offset)
    {
        if (_times.Count == 0 || _times[^1].Length <= offset)
        {
            _times = LogTimes.Load(path);
        }
        while (_timeIndex < _times.Count && _times[_timeIndex].Length <= offset)
        {
            _timeIndex++;
        }
        return _timeIndex < _times.Count ? _times[_timeIndex].Time : time.GetUtcNow();
    }

    private static long TailOffset(FileStream file, int lines)
    {
        if (lines <= 0)
        {
            return file.Length;
        }
        var position = file.Length;
        var block = new byte[16 * 1024];
        var found = 0;
        while (position > 0)
        {
            var size = (int)Math.Min(block.Length, position);
            position -= size;
            file.Position = position;
            file.ReadExactly(block, 0, size);
            for (var i = size - 1; i >= 0; i--)
            {
                // The newline at the very end belongs to the last line.
                if (block[i] == '\n' && position + i != file.Length - 1 && ++found == lines)
                {
                    return position + i + 1;
                }
            }
        }
        return 0;
    }
}
