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
    private OutboundBinding? _binding;
    private DestinationActivity? _activity;
    private EndpointState? _endpoint;
    private EndpointState? _failed;
    private bool _isUnknown;
    private int _attempts;

    public OutboundConnection(ProxyLoop owner, PodRuntime pod, NativeSocket socket)
        : base(owner, pod, socket, ConnectionDirection.Outbound)
    {
    }

    public override bool DropsReservedHeaders => false;

    /// <summary>The client is the pod's own application.</summary>
    public override bool ExplainsErrors => true;

    public override void Resume()
    {
        if (IsClosed || !IsWaiting)
        {
            return;
        }
        if (_binding is null)
        {
            _binding = Pod.Binding(Destination);
            _binding.OpenConnections++;
            _activity = Owner.Activity(Destination);
        }
        _binding.Refresh(Owner.Snapshot, Destination);
        var destination = _binding.Destination;
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
        else if (!Owner.Snapshot.IsComplete(destination) || (_binding.Endpoints.HasMeshed && Context() is null))
        {
            Wait();
        }
        else
        {
            Route(destination);
        }
    }

    public override int Admit(in RequestHead request, ReadOnlySpan<byte> head)
    {
        _binding!.Refresh(Owner.Snapshot, Destination);
        _attempts = 0;
        _failed = null;
        return 0;
    }

    public override UpstreamStart StartUpstream(UpstreamAttempt attempt, bool fresh, out ProxyError error, out string reason)
    {
        if (attempt == UpstreamAttempt.First)
        {
            _attempts = 0;
            _failed = null;
        }
        if (_isUnknown)
        {
            return attempt == UpstreamAttempt.First ? DialUnknown(out error, out reason) : Give(out error, out reason);
        }
        var binding = _binding!;
        while (_attempts++ < Owner.Options.ConnectAttempts
            && binding.Balancer.Pick(Loop.Now, Loop.NowMicroseconds, _failed) is { } endpoint)
        {
            _endpoint = endpoint;
            endpoint.InFlight++;
            var resources = binding.Resources(endpoint, Owner);
            Series = resources.Series;
            TlsContext? context = null;
            if (endpoint.Model.IsMeshed && (context = Context()) is null)
            {
                Release(failed: false);
                return Give(out error, out reason, ProxyError.NoCertificate, "this pod's service account has no certificate yet");
            }
            while (!fresh && resources.Pool.Take() is { } pooled)
            {
                if (pooled.TryReuse(this, context))
                {
                    Upstream = pooled;
                    error = ProxyError.None;
                    reason = "";
                    return UpstreamStart.Ready;
                }
            }
            Upstream = UpstreamConnection.Dial(
                Owner, Pod, endpoint.Model.Address, resources.Pool, context, endpoint.Model.Workload, this, out reason);
            if (Upstream is not null)
            {
                error = ProxyError.None;
                return UpstreamStart.Pending;
            }
            Count(ProxyError.Connect, reason);
            binding.LastFailure = reason;
            Release(failed: true);
        }
        Series = binding.WithoutEndpoint(Owner);
        return Give(out error, out reason);
    }

    public override void OnAnswered(long latencyMicroseconds) => _endpoint?.Succeeded(latencyMicroseconds, Loop.NowMicroseconds);

    public override void FinishUpstream(bool reusable, bool failed)
    {
        var removed = _endpoint?.IsRemoved == true;
        Release(failed);
        base.FinishUpstream(reusable && !removed, failed);
    }

    public override void Close(bool abort)
    {
        if (IsClosed)
        {
            return;
        }
        Release(failed: false);
        if (_binding is not null)
        {
            _binding.OpenConnections--;
            _binding.LastUsed = Loop.Now;
            _activity!.End(Owner.State.Time.GetTimestamp());
        }
        base.Close(abort);
    }

    public override void OnConnectFailed(string reason) => _binding!.LastFailure = reason;

    protected override void OnWaitedInVain()
    {
        Owner.Unpark(this);
        if (_binding!.Destination is { } destination)
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
        switch (ProtocolDetector.Detect(In.Data))
        {
            case DetectedProtocol.NeedMore when !In.IsFull:
                return;
            case DetectedProtocol.NeedMore when !In.IsLarge:
                In.Grow();
                return;
            case DetectedProtocol.Http1:
                StartHttp();
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
        var endpoints = _binding!.Endpoints;
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
        _isUnknown = true;
        Series = _binding!.WithoutEndpoint(Owner);
        ConnectOpaque();
    }

    private UpstreamStart DialUnknown(out ProxyError error, out string reason)
    {
        Upstream = UpstreamConnection.Dial(Owner, Pod, Destination, Pod.Pool(Destination, ""), null, default, this, out reason);
        error = Upstream is null ? ProxyError.Connect : ProxyError.None;
        return Upstream is null ? UpstreamStart.Unavailable : UpstreamStart.Pending;
    }

    private TlsContext? Context() => Owner.Certificate(Pod);

    private void Release(bool failed)
    {
        var endpoint = _endpoint;
        if (endpoint is null)
        {
            return;
        }
        _endpoint = null;
        endpoint.InFlight--;
        if (failed)
        {
            endpoint.Failed(Loop.Now);
            _failed = endpoint;
        }
    }

    private UpstreamStart Give(out ProxyError error, out string reason, ProxyError why = ProxyError.NoEndpoint, string? because = null)
    {
        var binding = _binding!;
        error = why;
        var name = binding.Destination is { Service.Length: > 0 } known ? $"{known.Service}.{known.Namespace}" : Destination.ToString();
        reason = because ?? (binding.Balancer.HasReady || _isUnknown
            ? $"no endpoint of {name} can be reached, last failure: {(binding.LastFailure.Length > 0 ? binding.LastFailure : "tried a moment ago")}"
            : binding.Balancer.Endpoints.Count > 0 ? $"no endpoint of {name} is ready" : $"no endpoints of {name}");
        return UpstreamStart.Unavailable;
    }
}
