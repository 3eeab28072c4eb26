using Google.Protobuf;
using Mesh.Interfaces.Endpoints;
using Mesh.Interfaces.Nodes;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Silo.Tests.Harness;

/// <summary>A node's grain that remembers what it is told and sends what a test says.</summary>
internal sealed class FakeNodeGrain : INodeProxyGrain
{
    private readonly Lock _lock = new();
    private INodeSessionObserver? _observer;

    public List<Hello> Hellos { get; } = [];

    public List<Demand> Demands { get; } = [];

    public Guid? Session { get; private set; }

    public int Detached { get; private set; }

    /// <summary>Thrown by every call while it is set.</summary>
    public Exception? Failure { get; set; }

    public Task SendAsync(Update update) => _observer!.OnUpdate(update.ToByteArray());

    public Task Attach(INodeSessionObserver session, Guid sessionId, byte[] hello, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            Hellos.Add(Hello.Parser.ParseFrom(hello));
            if (Failure is { } failure)
            {
                return Task.FromException(failure);
            }
            Session = sessionId;
            _observer = session;
            return Task.CompletedTask;
        }
    }

    public Task Detach(Guid sessionId)
    {
        lock (_lock)
        {
            Detached++;
            return Task.CompletedTask;
        }
    }

    public Task Demand(Guid sessionId, byte[] demand)
    {
        lock (_lock)
        {
            if (Failure is { } failure)
            {
                return Task.FromException(failure);
            }
            Demands.Add(Interfaces.NodeSession.Demand.Parser.ParseFrom(demand));
            return Task.CompletedTask;
        }
    }

    public Task OnEndpointSet(EndpointSetSnapshot snapshot) => Task.CompletedTask;
}
