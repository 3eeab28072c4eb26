namespace Mesh.Proxy.Http1;

/// <summary>The request methods that are told apart.</summary>
internal enum HttpVerb
{
    Other,
    Get,
    Head,
    Post,
    Put,
    Delete,
    Options,
    Trace,
    Connect,
}
