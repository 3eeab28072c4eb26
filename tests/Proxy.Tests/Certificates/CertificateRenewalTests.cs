using Mesh.Interfaces.Identity;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Certificates;
using Mesh.Proxy.Tests.Enrolment;
using Mesh.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Certificates;

public sealed class CertificateRenewalTests : IAsyncLifetime, ICertificateIssuer
{
    private static readonly WorkloadIdentity Identity = new("bb", "mc-demo", "cluster.local");
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private readonly ManualTimeProvider _time = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly TestIssuer _issuer = new();
    private readonly List<IssuedCertificate> _published = [];
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;
    private Func<CertificateRequest, Certificate>? _answer;
    private int _asked;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
        _issuer.Dispose();
        _directory.Dispose();
    }

    public Task<Certificate> IssueAsync(CertificateRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        return Task.FromResult((_answer ?? Sign)(request));
    }

    [Fact]
    public async Task Run_Issued_IsRenewedAtSeventyPercentOfItsLifeWithANewKey()
    {
        Start();
        await Published(1);

        _time.Advance(Life * 0.64);
        Assert.Single(_published);
        _time.Advance(Life * 0.12);

        await Published(2);
        Assert.NotEqual(_published[0].PrivateKey, _published[1].PrivateKey);
    }

    [Fact]
    public async Task Run_RenewalFails_KeepsTheOldOneAndAsksAgainWithGrowingPauses()
    {
        var renewal = Start();
        await Published(1);
        var times = new System.Collections.Concurrent.ConcurrentQueue<DateTimeOffset>();
        _answer = request =>
        {
            times.Enqueue(_time.GetUtcNow());
            return new Certificate { Id = request.Id, Error = "the issuer has expired" };
        };

        _time.Advance(Life * 0.76);
        await Eventually.Holds(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(10));
                return times.Count >= 12;
            },
            TimeSpan.FromSeconds(10), () => $"asked {times.Count}", Cancel);

        var asked = times.ToArray();
        for (var i = 1; i < 12; i++)
        {
            var least = Math.Min(0.125 * Math.Pow(2, i - 1), 30);
            var pause = asked[i] - asked[i - 1];
            Assert.True(pause.TotalSeconds >= least, $"pause {i} was {pause}, at least {least} s expected");
        }
        Assert.Single(_published);
        Assert.Same(_published[0], renewal.Current);
    }

    [Fact]
    public async Task Run_FailureEnds_BeginsAgainWithShortPauses()
    {
        _answer = _ => throw new IOException("no silo");
        var renewal = Start();
        await Eventually.Holds(() => renewal.Failures == 1, TimeSpan.FromSeconds(10), () => $"{renewal.Failures}", Cancel);
        Assert.False(renewal.First.IsCompleted);
        _answer = null;

        _time.Advance(TimeSpan.FromSeconds(1));

        await Published(1);
        await renewal.First;
        Assert.Equal(0, renewal.Failures);
    }

    [Theory]
    [InlineData("another account")]
    [InlineData("another key")]
    [InlineData("expired")]
    [InlineData("no anchor")]
    [InlineData("another anchor")]
    [InlineData("garbage")]
    public async Task Run_AnswerDoesNotFit_IsNotUsed(string flaw)
    {
        using var other = new TestIssuer();
        _answer = request =>
        {
            var now = _time.GetUtcNow();
            using var order = new CertificateOrder(Identity, _time);
            var answer = flaw switch
            {
                "another account" => _issuer.Sign(request, now, now + Life, otherAccount: "evil"),
                "another key" => _issuer.Sign(order.Request(), now, now + Life),
                "expired" => _issuer.Sign(request, now - Life - Life, now - Life),
                _ => Sign(request),
            };
            if (flaw == "no anchor")
            {
                answer.TrustAnchors.Clear();
            }
            else if (flaw == "another anchor")
            {
                answer.TrustAnchors[0] = other.Sign(request, now, now + Life).TrustAnchors[0];
            }
            else if (flaw == "garbage")
            {
                answer.Chain[0] = Google.Protobuf.ByteString.CopyFromUtf8("garbage");
            }
            return answer;
        };

        var renewal = Start();

        await Eventually.Holds(() => renewal.Failures == 1, TimeSpan.FromSeconds(10), () => $"{renewal.Failures}", Cancel);
        Assert.Empty(_published);
    }

    [Fact]
    public async Task Run_ValidCertificateOnDisk_IsUsedWithoutAsking()
    {
        Start();
        await Published(1);
        await Saved();

        Start();
        await Published(2);

        Assert.Equal(_published[0].Chain[0], _published[1].Chain[0]);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task Load_IssuedUnderAnAnchorThatIsNotInTheMeshAnyMore_IsNotUsed()
    {
        Start();
        await Published(1);
        await Saved();
        using var other = new TestIssuer();
        await File.WriteAllTextAsync(_directory["anchors.pem"], other.AnchorPem, Cancel);

        Assert.Null(Files().Load(Identity, _time.GetUtcNow()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        + "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----")]
    public async Task Load_BrokenFile_IsNotUsed(string content)
    {
        Directory.CreateDirectory(_directory["certificates"]);
        await File.WriteAllTextAsync(Path.Combine(_directory["certificates"], "mc-demo_bb.pem"), content, Cancel);

        Assert.Null(Files().Load(Identity, _time.GetUtcNow()));
    }

    private Task Saved() => Eventually.Holds(
        () => Files().Load(Identity, _time.GetUtcNow()) is not null, TimeSpan.FromSeconds(10), () => "not saved", Cancel);

    private CertificateFiles Files() => new(_directory["certificates"], _directory["anchors.pem"]);

    private Certificate Sign(CertificateRequest request) => _issuer.Sign(request, _time.GetUtcNow(), _time.GetUtcNow() + Life);

    private CertificateRenewal Start()
    {
        var renewal = new CertificateRenewal(
            Identity, this, Files(), Publish, _time, NullLogger.Instance, TimeSpan.FromMinutes(1));
        _running = Task.WhenAll(_running, renewal.RunAsync(_end.Token));
        return renewal;
    }

    private void Publish(IssuedCertificate certificate)
    {
        lock (_published)
        {
            _published.Add(certificate);
        }
    }

    private Task Published(int count) => Eventually.Holds(
        () => _published.Count == count, TimeSpan.FromSeconds(10), () => $"{_published.Count} published, {_asked} asked", Cancel);
}
