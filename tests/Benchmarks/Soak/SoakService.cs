using Mesh.Interfaces.NodeSession;

namespace Mesh.Benchmarks.Soak;

/// <summary>A service with its pods: they come, are unready for a while, and go. Used by one task at a time.</summary>
internal sealed class SoakService
{
    // With two ready ones left there is always somewhere else to go.
    private const int FewestReady = 2;
    private const int MostPods = 6;
    private readonly SoakMesh _mesh;
    private readonly (string Ip, int Port) _address;
    private readonly int _applicationPort;
    private readonly List<Replica> _replicas = [];
    private int _last;

    public SoakService(SoakMesh mesh, string name, (string Ip, int Port) address, int applicationPort, Protocol protocol)
    {
        _mesh = mesh;
        _address = address;
        _applicationPort = applicationPort;
        Name = name;
        mesh.Client.Publish([Destination(protocol)]);
    }

    public string Name { get; }

    public (string Ip, int Port) Address => _address;

    private string Key => $"endpoints/soak/{SoakMesh.Namespace}/{Name}";

    /// <summary>Adds pods until there are as many as there should be at the start.</summary>
    public void Fill(Random random)
    {
        while (_replicas.Count < FewestReady + 1)
        {
            Add(random);
        }
        Tell();
    }

    /// <summary>One random change, or none.</summary>
    /// <returns>A pod that is no endpoint any more, to be removed when its connections have ended; null: none.</returns>
    public string? Disturb(Random random)
    {
        string? leaving = null;
        var some = _replicas[random.Next(_replicas.Count)];
        var mayLose = !some.Ready || _replicas.Count(replica => replica.Ready) > FewestReady;
        switch (random.Next(4))
        {
            case 0 when _replicas.Count < MostPods:
                Add(random);
                break;
            case 1 when mayLose:
                _replicas.Remove(some);
                leaving = some.Pod;
                break;
            case 2 when mayLose:
                some.Ready = !some.Ready;
                break;
            default:
                // The same again is a change that changes nothing.
                break;
        }
        Tell();
        return leaving;
    }

    public void FlipPolicy(Random random)
    {
        var some = _replicas[random.Next(_replicas.Count)];
        _mesh.Server.SetPolicy(some.Pod, SoakMesh.ServerAccount, _applicationPort, SoakMesh.AnyPolicy(random));
    }

    private void Add(Random random)
    {
        var pod = $"{Name}-{++_last}";
        var port = _mesh.Server.AddServer(pod, SoakMesh.ServerAccount, _applicationPort, SoakMesh.AnyPolicy(random));
        _replicas.Add(new Replica(pod, port));
    }

    private void Tell() => _mesh.Client.Publish([new Resource
    {
        Key = Key,
        EndpointSet = new EndpointSet
        {
            Cluster = "soak",
            Namespace = SoakMesh.Namespace,
            Service = Name,
            Ports = { new EndpointPort { Name = "port", ServicePort = (uint)_address.Port, TargetPort = (uint)_applicationPort } },
            Endpoints = { _replicas.Select(Endpoint) },
        },
    }]);

    private static Endpoint Endpoint(Replica replica) => new()
    {
        Ip = "127.0.0.1",
        Port = (uint)replica.Port,
        Namespace = SoakMesh.Namespace,
        Pod = replica.Pod,
        Cluster = "soak",
        Identity = SoakMesh.ServerIdentity,
        OwnerKind = "deployment",
        OwnerName = SoakMesh.ServerAccount,
        Ready = replica.Ready,
    };

    private Resource Destination(Protocol protocol) => new()
    {
        Key = $"destination/{_address.Ip}:{_address.Port}",
        Destination = new Destination
        {
            Address = new Interfaces.NodeSession.SocketAddress { Ip = _address.Ip, Port = (uint)_address.Port },
            Kind = Interfaces.NodeSession.Destination.Types.Kind.Service,
            Namespace = SoakMesh.Namespace,
            Service = Name,
            EndpointSet = Key,
            EndpointPort = (uint)_address.Port,
            EndpointPortName = "port",
            Protocol = protocol,
        },
    };

    private sealed class Replica(string pod, int port)
    {
        public string Pod { get; } = pod;

        public int Port { get; } = port;

        public bool Ready { get; set; } = true;
    }
}
