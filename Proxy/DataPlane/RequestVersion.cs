namespace Mesh.Proxy.DataPlane;

/// <summary>The version of HTTP a request came in.</summary>
internal enum RequestVersion
{
    Http10,
    Http11,
    Http2,
}
