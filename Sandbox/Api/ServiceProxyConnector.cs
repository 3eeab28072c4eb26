using System.Net;

namespace Mesh.Sandbox.Api;

/// <summary>Opens a TCP connection from the API server to a pod or node. Throws IOException or SocketException when it cannot.</summary>
internal delegate ValueTask<Stream> ServiceProxyConnector(IPAddress address, int port, CancellationToken cancellationToken);
