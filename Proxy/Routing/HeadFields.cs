using System.Text;

namespace Mesh.Proxy.Routing;

/// <summary>The header lines of an HTTP/1 request head that has been parsed, and so is known to be well-formed.</summary>
/// <param name="lines">From the first header line on.</param>
internal readonly ref struct HeadFields(ReadOnlySpan<byte> lines) : IHeaderFields
{
    private readonly ReadOnlySpan<byte> _lines = lines;

    public bool TryFind(ReadOnlySpan<byte> name, scoped ref int position, out ReadOnlySpan<byte> value)
    {
        while (position < _lines.Length)
        {
            var rest = _lines[position..];
            var end = rest.IndexOf((byte)'\n') + 1;
            if (end <= 2)
            {
                break;
            }
            position += end;
            if (end > name.Length && rest[name.Length] == ':' && Ascii.EqualsIgnoreCase(rest[..name.Length], name))
            {
                value = rest[(name.Length + 1)..(end - 2)].Trim(" \t"u8);
                return true;
            }
        }
        value = default;
        return false;
    }
}
