namespace Mesh.Proxy.Routing;

/// <summary>The header fields of a request, wherever they are kept.</summary>
internal interface IHeaderFields
{
    /// <summary>Finds the next field of a name.</summary>
    /// <param name="name">Lower case.</param>
    /// <param name="position">0 at first; then as the last call left it.</param>
    /// <param name="value">Without the white space around it.</param>
    bool TryFind(ReadOnlySpan<byte> name, scoped ref int position, out ReadOnlySpan<byte> value);
}
