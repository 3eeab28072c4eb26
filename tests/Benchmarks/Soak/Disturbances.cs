using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Session;
using Mesh.Proxy.Tests.DataPlane;

namespace Mesh.Benchmarks.Soak;

/// <summary>What goes on in a cluster meanwhile: pods come and go, policies change, certificates and trust anchors are replaced.</summary>
internal sealed class Disturbances(SoakMesh mesh, Violations violations)
{
    // Longer than anything the loads do on one connection: by then nobody proves itself with what the old anchor has signed.
    private static readonly TimeSpan AnchorOverlap = BytesLoad.Longest + TimeSpan.FromSeconds(4);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(60);
    private static readonly string[] Accounts = [SoakMesh.ClientAccount, SoakMesh.StrangerAccount, SoakMesh.ServerAccount];
    private readonly Lock _authorityLock = new();
    private TestAuthority _authority = new("anchor-0");
    private ReadOnlyMemory<byte>[] _anchors = [];
    private int _pods;
    private int _policies;
    private int _certificates;
    private int _anchorChanges;

    /// <summary>Gives everybody a first certificate.</summary>
    public void Begin()
    {
        _anchors = [_authority.Anchor];
        IssueAll();
    }

    /// <summary>All of them, until <paramref name="stop"/>.</summary>
    public async Task RunAsync(Random random, CancellationToken stop) => await Task.WhenAll([
        .. mesh.Services.Select(service => ChurnAsync(service, new Random(random.Next()), stop)),
        .. mesh.Services.Select(service => FlipPoliciesAsync(service, new Random(random.Next()), stop)),
        RotateCertificatesAsync(new Random(random.Next()), stop),
        RollAnchorsOverAsync(stop),
        CollectAsync(mesh.Client.Engine, stop),
        CollectAsync(mesh.Server.Engine, stop),
    ]);

    public override string ToString() =>
        $"{_pods} pods went, {_policies} policy changes, {_certificates} certificates, {_anchorChanges} changes of trust anchors";

    private async Task ChurnAsync(SoakService service, Random random, CancellationToken stop)
    {
        var leaving = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            await Pause.ForAsync(TimeSpan.FromMilliseconds(random.Next(100, 1500)), stop);
            if (service.Disturb(random) is { } pod)
            {
                leaving.RemoveAll(task => task.IsCompletedSuccessfully);
                leaving.Add(DrainAsync(pod));
            }
        }
        await Task.WhenAll(leaving);
    }

    /// <summary>A pod that is no endpoint any more keeps running until what was under way is over. Nothing may stay behind.</summary>
    private async Task DrainAsync(string pod)
    {
        var began = violations.Elapsed;
        while (await mesh.Server.ConnectionsOfAsync(pod) is var open && open > 0)
        {
            if (violations.Elapsed - began > DrainLimit)
            {
                violations.Add($"{pod} is no endpoint since {DrainLimit.TotalSeconds} s, and still has {open} connections");
                break;
            }
            await Pause.ForAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        }
        mesh.Server.RemovePod(pod);
        Interlocked.Increment(ref _pods);
    }

    private async Task FlipPoliciesAsync(SoakService service, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Pause.ForAsync(TimeSpan.FromMilliseconds(random.Next(100, 1000)), stop);
            service.FlipPolicy(random);
            Interlocked.Increment(ref _policies);
        }
    }

    private async Task RotateCertificatesAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Pause.ForAsync(TimeSpan.FromMilliseconds(random.Next(1000, 5000)), stop);
            lock (_authorityLock)
            {
                Issue(Accounts[random.Next(Accounts.Length)]);
            }
        }
    }

    /// <summary>Both are trusted, then the new one signs, then the old one is trusted no more.</summary>
    private async Task RollAnchorsOverAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Pause.ForAsync(AnchorOverlap, stop);
            var next = new TestAuthority($"anchor-{_anchorChanges + 1}");
            lock (_authorityLock)
            {
                _anchors = [_authority.Anchor, next.Anchor];
                IssueAll();
                _authority = next;
                IssueAll();
            }
            await Pause.ForAsync(AnchorOverlap, stop);
            if (!stop.IsCancellationRequested)
            {
                lock (_authorityLock)
                {
                    _anchors = [_authority.Anchor];
                    IssueAll();
                    _anchorChanges++;
                }
            }
        }
    }

    private void IssueAll() => Array.ForEach(Accounts, Issue);

    private void Issue(string account)
    {
        var certificate = _authority.Issue(SoakMesh.Namespace, account) with { TrustAnchors = _anchors };
        (account == SoakMesh.ServerAccount ? mesh.Server : mesh.Client).Engine.SetCertificate(certificate);
        _certificates++;
    }

    // What the node's session and its metrics endpoint do.
    private static async Task CollectAsync(DataPlaneEngine engine, CancellationToken stop)
    {
        var waiting = new TrafficBuffer();
        var text = new System.Buffers.ArrayBufferWriter<byte>();
        while (!stop.IsCancellationRequested)
        {
            await Pause.ForAsync(TimeSpan.FromSeconds(1), stop);
            waiting.Add(engine.CollectTraffic());
            _ = waiting.Take().CalculateSize();
            engine.WritePrometheus(text);
            text.ResetWrittenCount();
        }
    }
}
