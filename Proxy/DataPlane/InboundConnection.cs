using System.Text;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Authorization;
using Mesh.Proxy.Detection;
using Mesh.Proxy.Http2;
using Mesh.Proxy.Metrics;
using Mesh.Proxy.Reactor;
using Mesh.Proxy.Tls;

namespace Mesh.Proxy.DataPlane;

/// <summary>
/// A connection made to a pod. Mesh TLS is terminated and gives the client its identity, everything else comes from nobody in particular;
/// then the port's policy decides, per request for HTTP and for the connection, again whenever policy changes, otherwise.
/// </summary>
internal sealed class InboundConnection : DownstreamConnection
{
    // Null for a tunnel.
    private readonly Channel? _channel;
    private readonly Decision[] _decisions = new Decision[2];
    private DataPlaneSnapshot? _snapshot;
    private PodModel? _model;
    private PortPolicyModel? _policy;
    private ClientIdentity? _identity;
    private byte[] _requestHeaders = [];
    private byte[] _clientId = [];
    private bool _outerDone;
    private bool _isWaitingForCertificate;

    private readonly InboundExchange _exchange;

    public InboundConnection(ProxyLoop owner, PodRuntime pod, Channel channel)
        : base(owner, pod, channel, ConnectionDirection.Inbound)
    {
        _channel = channel;
        _exchange = new InboundExchange(this);
    }

    private InboundConnection(InboundConnection carrier, TunnelStream tunnel)
        : base(carrier.Owner, carrier.Pod, tunnel, ConnectionDirection.Inbound)
    {
        _exchange = new InboundExchange(this);
        _identity = carrier._identity;
        _requestHeaders = carrier._requestHeaders;
        _clientId = carrier._clientId;
        _outerDone = true;
        Peer = carrier.Peer;
        Destination = carrier.Destination;
    }

    public override Exchange Exchange => _exchange;

    public override Exchange CreateExchange() => new InboundExchange(this);

    public override ReadOnlySpan<byte> RequestHeaders => _requestHeaders;

    public override ExtraField RequestField => new(_clientId.Length > 0 ? "l5d-client-id"u8 : default, _clientId);

    public override bool DropsReservedHeaders => true;

    public override bool ExplainsErrors => _identity is not null;

    /// <summary>The client's identity as a DNS name; empty: it has none.</summary>
    public byte[] ClientId => _clientId;

    /// <summary>The pod, if it wants a line in the access log for every request.</summary>
    public PodModel? LoggedPod => _model is { AccessLog: not AccessLog.Off } pod ? pod : null;

    /// <summary>The address to connect to the application from; null: the pod's own.</summary>
    public IpValue? SourceToKeep => WantsSource && Pod.Pod.SourceAddress == SourceAddress.Client ? Peer.Ip : null;

    /// <summary>A connection to the application is about to be made.</summary>
    public void CountRefusedSource()
    {
        if (WantsSource && Pod.Pod.SourceAddress == SourceAddress.Refused)
        {
            Owner.OnSourceLost(Pod, Peer.Ip, "");
        }
    }

    public override void Resume()
    {
        if (IsClosed || !IsWaiting)
        {
            return;
        }
        RefreshPolicy();
        if (_isWaitingForCertificate)
        {
            if (Owner.Certificate(Pod) is not null)
            {
                AcceptTls();
            }
            return;
        }
        if (_model is null)
        {
            Wait();
            return;
        }
        if (!_model.HasAddress(Destination.Ip) || Owner.Options.OwnPorts.Contains(Destination.Port))
        {
            Refuse(ProxyError.Loop, "the destination is not the pod, or is the proxy itself");
            return;
        }
        StartDetecting(IsOpaquePort ? Owner.Options.OpaqueDetectTimeout : Owner.Options.DetectTimeout);
    }

    public override void AcceptTunnel(Http2Stream stream)
    {
        var tunnel = new TunnelStream(Loop);
        tunnel.Begin(stream);
        var connection = new InboundConnection(this, tunnel);
        connection.Register();
        if (!stream.TrySendHeaders(Owner.TunnelAnswer, default, end: false))
        {
            tunnel.SendHeadersLater(Owner.TunnelAnswer);
        }
        connection.RefreshPolicy();
        connection.StartIdentified();
    }

    /// <summary>Policy may have changed: a connection carried as bytes that is not allowed any more ends.</summary>
    public void Recheck()
    {
        if (IsClosed || !IsOpaque || !RefreshPolicy())
        {
            return;
        }
        var decision = Decide(probe: false);
        if (decision.Rule is null)
        {
            _exchange.Series?.ConnectionTerminated();
            Count(ProxyError.None, "policy has changed and does not allow the connection any more");
            Close(abort: true);
        }
    }

    /// <summary>Whether a GET of <paramref name="target"/> is one of the pod's own probes.</summary>
    public bool IsProbe(ReadOnlySpan<byte> target) => _policy!.IsProbe(target);

    /// <returns>Whether the port's policy is another than before.</returns>
    public bool RefreshPolicy()
    {
        var snapshot = Owner.Snapshot;
        if (ReferenceEquals(snapshot, _snapshot))
        {
            return false;
        }
        _snapshot = snapshot;
        // A pod that is not known any more keeps the policy that was known.
        _model = snapshot.Pod(Pod.Pod.Uid) ?? _model;
        var policy = _model?.Inbound.Port(Destination.Port);
        if (ReferenceEquals(policy, _policy))
        {
            return false;
        }
        _policy = policy;
        Array.Clear(_decisions);
        return true;
    }

    /// <summary>What the port's policy says of this client, and the series it counts into.</summary>
    public Decision Decide(bool probe)
    {
        ref var decision = ref _decisions[probe ? 1 : 0];
        if (decision.Series is null)
        {
            decision.Rule = _policy!.Authorize(Peer.Ip, _identity, probe);
        }
        if (decision.Series is null or { IsRetired: true })
        {
            decision.Series = Owner.Metrics.Find(new SeriesKey
            {
                Direction = TrafficSeries.Types.Direction.Inbound,
                Namespace = Pod.Pod.Namespace,
                Pod = Pod.Pod.Name,
                OwnerKind = _model!.OwnerKind,
                OwnerName = _model.OwnerName,
                PeerIdentity = _identity?.DnsName ?? "",
                ServerKind = _policy!.ServerKind,
                ServerName = _policy.ServerName,
                Route = probe ? "probe" : "default",
                AuthorizationKind = decision.Rule?.Kind ?? "",
                AuthorizationName = decision.Rule?.Name ?? "",
                Tls = _identity is not null,
            });
        }
        return decision;
    }

    public void LogAudit() => DataPlaneLog.Audited(
        Owner.State.Logger, _identity?.DnsName ?? "an unmeshed client", Peer, Pod.Pod.Namespace, Pod.Pod.Name, Destination.Port);

    protected override void OnClosed() => Owner.OpaqueInbound.Remove(this);

    protected override void OnWaitedInVain()
    {
        Owner.Unpark(this);
        if (_isWaitingForCertificate)
        {
            Refuse(ProxyError.NoCertificate, "the pod's service account has no certificate yet");
        }
        else
        {
            Refuse(ProxyError.UnknownPod, "the control plane has not told about the pod; nobody is allowed in until it has");
        }
    }

    protected override void OnBytes()
    {
        var detected = ProtocolDetector.Detect(Stream.In.Data);
        if (detected == DetectedProtocol.NeedMore)
        {
            if (Stream.In.IsFull)
            {
                if (Stream.In.IsLarge)
                {
                    BecomeOpaque();
                }
                else
                {
                    Stream.In.Grow();
                }
            }
            return;
        }
        if (!_outerDone && detected == DetectedProtocol.MeshTls)
        {
            AcceptTls();
            return;
        }
        _outerDone = true;
        Decide(detected);
    }

    protected override void OnDetectTimeout()
    {
        if (!_outerDone && !Stream.In.IsEmpty && Stream.In.Data[0] == ClientHello.RecordType && !Stream.ReadEnded)
        {
            // Half a ClientHello and then nothing: whoever it is, it is not an application that waits for its server to speak.
            Refuse(ProxyError.Timeout, "a TLS handshake was begun and not gone on with");
            return;
        }
        BecomeOpaque();
    }

    protected override void OnHandshake()
    {
        switch (_channel!.Tls!.Handshake())
        {
            case HandshakeStatus.InProgress:
                return;
            case HandshakeStatus.Failed:
                Refuse(ProxyError.Handshake, $"TLS: {_channel.Tls.Failure}");
                return;
            default:
                OnIdentified(new ClientIdentity(_channel.Tls.Peer));
                return;
        }
    }

    protected override void OnOpaque() => Owner.OpaqueInbound.Add(this);

    // What the pod says to itself comes from its own address without help.
    private bool WantsSource => _model!.KeepsClientAddress && !_model.HasAddress(Peer.Ip);

    private bool IsOpaquePort =>
        _policy!.Protocol == TrafficProtocol.Opaque || (_policy.Protocol == TrafficProtocol.Detect && _model!.OpaquePorts.Contains(Destination.Port));

    private void OnIdentified(ClientIdentity identity)
    {
        _identity = identity;
        _outerDone = true;
        _requestHeaders = Encoding.ASCII.GetBytes($"l5d-client-id: {identity.DnsName}\r\n");
        _clientId = Encoding.ASCII.GetBytes(identity.DnsName);
        // Application bytes may have come with the end of the handshake.
        Stream.CanRead = true;
        if (_channel!.Tls!.Protocol == MeshProtocol.Multiplexed)
        {
            StartHttp2(isMeshed: true);
        }
        else
        {
            StartIdentified();
        }
    }

    private void StartIdentified()
    {
        if (IsOpaquePort)
        {
            BecomeOpaque();
        }
        else if (_policy!.Protocol == TrafficProtocol.Http1)
        {
            StartHttp();
        }
        else if (_policy.Protocol == TrafficProtocol.Http2)
        {
            StartHttp2(isMeshed: false);
        }
        else
        {
            StartDetecting(Owner.Options.DetectTimeout);
        }
    }

    private void AcceptTls()
    {
        var context = Owner.Certificate(Pod);
        if (context is null)
        {
            if (!_isWaitingForCertificate)
            {
                _isWaitingForCertificate = true;
                WaitAgain();
            }
            return;
        }
        _isWaitingForCertificate = false;
        _channel!.Tls = TlsSession.TryAccept(context, _channel.Socket, _channel.In.Data)
            ?? (Owner.Certificate(Pod) is { } newer ? TlsSession.TryAccept(newer, _channel.Socket, _channel.In.Data) : null);
        _channel.In.Release();
        if (_channel.Tls is null)
        {
            Refuse(ProxyError.NoCertificate, "the certificate is being replaced");
            return;
        }
        StartHandshake();
        Stream.CanRead = true;
        OnHandshake();
    }

    private void Decide(DetectedProtocol detected)
    {
        if (!IsOpaquePort && (detected == DetectedProtocol.Http1 || _policy!.Protocol == TrafficProtocol.Http1))
        {
            StartHttp();
        }
        else if (!IsOpaquePort && (detected == DetectedProtocol.Http2 || _policy!.Protocol == TrafficProtocol.Http2))
        {
            StartHttp2(isMeshed: false);
        }
        else
        {
            BecomeOpaque();
        }
    }

    private void BecomeOpaque()
    {
        if (!_exchange.AdmitConnection())
        {
            Count(ProxyError.None, "no authorization allows the connection");
            Close(abort: true);
            return;
        }
        ConnectOpaque();
    }

    public struct Decision
    {
        public AuthorizationRule? Rule;
        public Series? Series;
    }
}
