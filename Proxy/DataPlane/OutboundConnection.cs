using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Detection;
using Mesh.Proxy.Http1;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>A connection a pod makes: resolved to what its address stands for, balanced over the endpoints, sent with mutual TLS.</summary>
internal sealed class OutboundConnection : DownstreamConnection
{
    private readonly OutboundExchange _exchange;
    private DestinationActivity? _activity;

    public OutboundConnection(ProxyLoop owner, PodRuntime pod, ByteStream stream)
        : base(owner, pod, stream, ConnectionDirection.Outbound)
    {
        _exchange = new OutboundExchange(this);
    }

    public override Exchange Exchange => _exchange;

    public override Exchange CreateExchange() => new OutboundExchange(this);

    /// <summary>What the loop knows of the destination; set once the connection has begun.</summary>
    public OutboundBinding? Binding { get; private set; }

    /// <summary>Whether the destination is nothing the mesh knows.</summary>
    public bool IsUnknown { get; private set; }

    public override bool DropsReservedHeaders => false;

    /// <summary>The client is the pod's own application.</summary>
    public override bool ExplainsErrors => true;

    public override void Resume()
    {
        if (IsClosed || !IsWaiting)
        {
            return;
        }
        if (Binding is null)
        {
            Binding = Pod.Binding(Destination);
            Binding.OpenConnections++;
            _activity = Owner.Activity(Destination);
        }
        Binding.Refresh(Owner.Snapshot, Destination);
        var destination = Binding.Destination;
        if (destination is null)
        {
            if (Owner.AskFor(Pod, Destination))
            {
                Wait();
            }
            else
            {
                PassUnknown();
            }
        }
        else if (!Owner.Snapshot.IsComplete(destination) || (Binding.Endpoints.HasMeshed && Context() is null))
        {
            Wait();
        }
        else
        {
            Route(destination);
        }
    }

    protected override void OnClosed()
    {
        if (Binding is not null)
        {
            Binding.OpenConnections--;
            Binding.LastUsed = Loop.Now;
            _activity!.End(Owner.State.Time.GetTimestamp());
        }
    }

    protected override void OnWaitedInVain()
    {
        Owner.Unpark(this);
        if (Binding!.Destination is { } destination)
        {
            // The service is known, its endpoints or our certificate are not: the request will be answered with the reason.
            Route(destination);
            return;
        }
        Owner.Metrics.Count(Direction, ProxyError.DiscoveryTimeout);
        DataPlaneLog.DiscoveryTimedOut(Owner.State.Logger, Destination);
        PassUnknown();
    }

    protected override void OnBytes()
    {
        switch (ProtocolDetector.Detect(Stream.In.Data))
        {
            case DetectedProtocol.NeedMore when !Stream.In.IsFull:
                return;
            case DetectedProtocol.NeedMore when !Stream.In.IsLarge:
                Stream.In.Grow();
                return;
            case DetectedProtocol.Http1:
                StartHttp();
                return;
            case DetectedProtocol.Http2:
                StartHttp2(isMeshed: false);
                return;
            default:
                ConnectOpaque();
                return;
        }
    }

    protected override void OnDetectTimeout() => ConnectOpaque();

    private void Route(DestinationModel destination)
    {
        if (destination.Kind == Interfaces.NodeSession.Destination.Types.Kind.Unknown)
        {
            PassUnknown();
            return;
        }
        var endpoints = Binding!.Endpoints;
        var protocol = destination.Protocol != TrafficProtocol.Detect ? destination.Protocol : endpoints.Protocol;
        if (endpoints.HasOpaque)
        {
            protocol = TrafficProtocol.Opaque;
        }
        switch (protocol)
        {
            case TrafficProtocol.Http1:
                StartHttp();
                break;
            case TrafficProtocol.Http2:
                StartHttp2(isMeshed: false);
                break;
            case TrafficProtocol.Opaque:
                ConnectOpaque();
                break;
            default:
                StartDetecting(Owner.Options.DetectTimeout);
                break;
        }
    }

    private void PassUnknown()
    {
        IsUnknown = true;
        _exchange.CountWithoutEndpoint();
        ConnectOpaque();
    }

    private TlsContext? Context() => Owner.Certificate(Pod);
}
