using System.Net.Sockets;
using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Cni;
using Mesh.Proxy.DataPlane;
using Mesh.Proxy.Netns;
using Mesh.Proxy.NetworkRules;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Enrolment;

/// <summary>
/// The pods whose traffic goes through this proxy: takes them up and lets them go, keeps them on disk, takes them up again after a
/// restart, lets go of those whose network namespace is gone, and follows changes of their redirect rules. Thread-safe.
/// </summary>
internal sealed partial class EnrolmentKeeper : IDisposable
{
    private static readonly TimeSpan CertificatePatience = TimeSpan.FromSeconds(2);
    private readonly ProxyOptions _options;
    private readonly IEnrolmentAuthority _authority;
    private readonly INodeDataPlane _dataPlane;
    private readonly Nftables _nftables;
    private readonly SourceAddressSetup _sourceAddress;
    private readonly TimeProvider _time;
    private readonly ILogger<EnrolmentKeeper> _logger;
    private readonly EnrolmentFile _file;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LiveEnrolment> _byContainer = new(StringComparer.Ordinal);

    public EnrolmentKeeper(
        ProxyOptions options, IEnrolmentAuthority authority, INodeDataPlane dataPlane, Nftables nftables, TimeProvider time,
        ILogger<EnrolmentKeeper> logger)
    {
        _options = options;
        _authority = authority;
        _dataPlane = dataPlane;
        _nftables = nftables;
        _sourceAddress = new SourceAddressSetup(nftables);
        _time = time;
        _logger = logger;
        _file = new EnrolmentFile(options.EnrolmentFile, logger);
    }

    /// <summary>Enrolments that were refused or failed since the start.</summary>
    public long Failures { get; private set; }

    /// <summary>What is enrolled now.</summary>
    public IReadOnlyList<Enrolment> Enrolments
    {
        get
        {
            lock (_lock)
            {
                return [.. _byContainer.Values.Select(live => live.Enrolment)];
            }
        }
    }

    /// <summary>Meshed pods of this node that were started before the proxy was and go around it until they are restarted.</summary>
    public IReadOnlyList<Pod> NotEnrolled
    {
        get
        {
            var enrolled = Enrolments.Select(enrolment => enrolment.Uid).ToHashSet(StringComparer.Ordinal);
            return [.. _authority.Pods.Where(pod => !enrolled.Contains(pod.Uid))];
        }
    }

    /// <summary>Takes a pod up, if it is meshed.</summary>
    /// <param name="request">What CNI said about it.</param>
    /// <param name="netns">Its network namespace; owned by this object from here on, whatever happens.</param>
    /// <param name="cancellationToken">Ends the wait; the pod is then not enrolled.</param>
    /// <returns>Whether the pod is meshed.</returns>
    /// <exception cref="EnrolmentException">It is or may be meshed and could not be enrolled: it must not start.</exception>
    public async Task<bool> EnrolAsync(HandoverRequest request, NetworkNamespace netns, CancellationToken cancellationToken)
    {
        var taken = false;
        try
        {
            using var limit = new CancellationTokenSource(_options.EnrolmentTimeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
            var waitingFor = "the control plane to say whether it is meshed";
            try
            {
                var answer = await _authority.QueryAsync(request.Namespace, request.Pod, request.Uid, either.Token);
                if (answer.Verdict == EnrolmentAnswer.Types.Verdict.NotMeshed)
                {
                    return false;
                }
                if (answer.Verdict != EnrolmentAnswer.Types.Verdict.Meshed)
                {
                    throw new EnrolmentException(
                        CniErrorCode.TryAgainLater, $"the control plane does not know pod {request.Namespace}/{request.Pod} on this node",
                        "It was deleted, or the silo's view of the cluster is behind. The pod is retried by itself.");
                }
                waitingFor = "its configuration";
                var pod = await _authority.WaitForPodAsync(answer.Uid, either.Token);
                waitingFor = $"the certificate of {pod.Namespace}/{pod.ServiceAccount}";
                await _authority.WaitForCertificateAsync(pod.Namespace, pod.ServiceAccount, either.Token);
                waitingFor = "its redirect rules";
                var enrolment = new Enrolment(
                    request.ContainerId, request.Namespace, request.Pod, pod.Uid, request.NetnsPath, netns.Inode, request.Addresses);
                taken = await ReplaceAsync(enrolment, pod, netns, either.Token);
                return true;
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new EnrolmentException(
                    CniErrorCode.TryAgainLater,
                    $"pod {request.Namespace}/{request.Pod} waited {_options.EnrolmentTimeout.TotalSeconds:0} s for {waitingFor}",
                    $"{_authority.Condition}. A pod that may be meshed does not start outside the mesh; it is retried by itself.");
            }
        }
        catch (EnrolmentException refused)
        {
            Failures++;
            LogRefused(_logger, request.Namespace, request.Pod, refused.Message, refused.Details);
            throw;
        }
        finally
        {
            if (!taken)
            {
                netns.Dispose();
            }
        }
    }

    /// <summary>
    /// Lets a pod go, whose processes have ended; what they said last still reaches their peers, since the pod's network goes only after
    /// this. An unknown one is no error.
    /// </summary>
    public async Task UnenrolAsync(string containerId, CancellationToken cancellationToken)
    {
        if (Find(containerId) is { } ended)
        {
            await _dataPlane.DrainPodAsync(ended.Enrolment.Uid);
        }
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (Find(containerId) is not { } live)
            {
                return;
            }
            Remove(live);
            try
            {
                await _nftables.ApplyAsync(live.Netns, RedirectRules.RemovalScript, cancellationToken);
            }
            catch (Exception gone) when (gone is NetworkRulesException or IOException)
            {
                // The namespace is about to go, and its rules with it.
                LogRulesLeft(_logger, live.Enrolment.Namespace, live.Enrolment.Pod, gone.Message);
            }
            if (await _sourceAddress.TryRemoveAsync(live.Netns, cancellationToken) is { } left)
            {
                LogRulesLeft(_logger, live.Enrolment.Namespace, live.Enrolment.Pod, left);
            }
            live.Dispose();
            Save();
            LogUnenrolled(_logger, live.Enrolment.Namespace, live.Enrolment.Pod);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>CNI CHECK: is what ADD did still there?</summary>
    /// <exception cref="EnrolmentException">The pod is meshed and not, or not completely, enrolled.</exception>
    public async Task<bool> CheckAsync(HandoverRequest request, CancellationToken cancellationToken)
    {
        if (Find(request.ContainerId) is not { } live)
        {
            var meshed = request.Uid.Length > 0
                ? _authority.FindPod(request.Uid) is not null
                : _authority.Pods.Any(pod => pod.Namespace == request.Namespace && pod.Name == request.Pod);
            return meshed
                ? throw new EnrolmentException(
                    CniErrorCode.NotEnrolled, $"pod {request.Namespace}/{request.Pod} is meshed and not enrolled",
                    "It was started before the mesh's proxy was on this node: restart it.")
                : false;
        }
        return await _nftables.ArePresentAsync(live.Netns, cancellationToken)
            ? true
            : throw new EnrolmentException(
                CniErrorCode.NotEnrolled, $"the redirect rules of pod {request.Namespace}/{request.Pod} are gone",
                "Somebody with CAP_NET_ADMIN in the pod removed the nftables table 'inet mesh': restart the pod.");
    }

    /// <summary>Takes up what was enrolled before this process, and forgets what is gone. Call once, before the first pod.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var saved = _file.Load();
            foreach (var enrolment in saved)
            {
                await RestoreAsync(enrolment, cancellationToken);
            }
            Save();
            LogRestored(_logger, _byContainer.Count, saved.Count);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>
    /// Takes up what another process of the node's proxy hands over, instead of <see cref="RestoreAsync(CancellationToken)"/>. Waits a
    /// little for the pods' certificates: the other process still accepts, and has them.
    /// </summary>
    public async Task InheritAsync(IReadOnlyList<InheritedPod> pods, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            await WaitForCertificatesAsync(pods, cancellationToken);
            foreach (var inherited in pods)
            {
                try
                {
                    await AddAsync(
                        inherited.Enrolment, _authority.FindPod(inherited.Enrolment.Uid), inherited.Netns, inherited, cancellationToken);
                }
                catch (EnrolmentException failure)
                {
                    inherited.Netns.Dispose();
                    LogRefused(_logger, inherited.Enrolment.Namespace, inherited.Enrolment.Pod, failure.Message, failure.Details);
                }
            }
            Save();
            LogRestored(_logger, _byContainer.Count, pods.Count);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Everything another process needs to go on. Still owned here, and true as long as nothing is enrolled or let go.</summary>
    public IReadOnlyList<LiveEnrolment> Transferable() => All();

    /// <summary>Lets go of pods whose network namespace has no path any more, and puts changed redirect rules in place.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var gone = All().Where(IsGone).ToList();
            foreach (var live in gone)
            {
                Remove(live);
                live.Dispose();
                LogGone(_logger, live.Enrolment.Namespace, live.Enrolment.Pod, live.Enrolment.NetnsPath);
            }
            if (gone.Count > 0)
            {
                Save();
            }
            foreach (var live in All())
            {
                if (_authority.FindPod(live.Enrolment.Uid) is { } pod && PodRules.Of(pod).ToScript() is var script && script != live.Script)
                {
                    try
                    {
                        await _nftables.ApplyAsync(live.Netns, script, cancellationToken);
                        live.Script = script;
                        LogRulesChanged(_logger, live.Enrolment.Namespace, live.Enrolment.Pod);
                    }
                    catch (Exception failure) when (failure is NetworkRulesException or IOException)
                    {
                        LogRulesLeft(_logger, live.Enrolment.Namespace, live.Enrolment.Pod, failure.Message);
                    }
                }
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Closes what this process holds; rules and records stay, for the next process.</summary>
    public void Dispose()
    {
        foreach (var live in All())
        {
            live.Dispose();
        }
        _changing.Dispose();
    }

    private async Task RestoreAsync(Enrolment enrolment, CancellationToken cancellationToken)
    {
        NetworkNamespace? netns = null;
        try
        {
            netns = NetworkNamespace.Open(enrolment.NetnsPath);
            if (netns.Inode != enrolment.NetnsInode)
            {
                netns.Dispose();
                LogGone(_logger, enrolment.Namespace, enrolment.Pod, enrolment.NetnsPath);
                return;
            }
            // Without its resource the pod's rules are left as they are; the data plane denies until a silo has sent it.
            await AddAsync(enrolment, _authority.FindPod(enrolment.Uid), netns, null, cancellationToken);
        }
        catch (Exception gone) when (netns is null && gone is IOException or UnauthorizedAccessException)
        {
            LogGone(_logger, enrolment.Namespace, enrolment.Pod, enrolment.NetnsPath);
        }
        catch (EnrolmentException failure)
        {
            netns!.Dispose();
            LogRefused(_logger, enrolment.Namespace, enrolment.Pod, failure.Message, failure.Details);
        }
    }

    private async Task<bool> ReplaceAsync(Enrolment enrolment, Pod pod, NetworkNamespace netns, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            foreach (var earlier in All())
            {
                if (earlier.Enrolment.Uid != enrolment.Uid && earlier.Enrolment.ContainerId != enrolment.ContainerId)
                {
                    continue;
                }
                if (earlier.Enrolment.NetnsInode == enrolment.NetnsInode && earlier.Enrolment.ContainerId == enrolment.ContainerId)
                {
                    // ADD again, after an answer that got lost.
                    return false;
                }
                // The pod got a new sandbox; the data plane knows it by its uid, so the old one goes first.
                Remove(earlier);
                earlier.Dispose();
            }
            await AddAsync(enrolment, pod, netns, null, cancellationToken);
            try
            {
                Save();
            }
            catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
            {
                Remove(Find(enrolment.ContainerId)!);
                throw new EnrolmentException(
                    CniErrorCode.InputOutput, $"the enrolment cannot be written to {_options.EnrolmentFile}: {unwritten.Message}",
                    "After a restart of the proxy the pod would be cut off. Make room, or make the state directory writable.");
            }
            LogEnrolled(_logger, enrolment.Namespace, enrolment.Pod, enrolment.Uid, enrolment.NetnsPath);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task WaitForCertificatesAsync(IReadOnlyList<InheritedPod> pods, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(CertificatePatience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await Task.WhenAll(pods
                .Select(inherited => _authority.FindPod(inherited.Enrolment.Uid)).OfType<Pod>()
                .Select(pod => (pod.Namespace, pod.ServiceAccount)).Distinct()
                .Select(account => _authority.WaitForCertificateAsync(account.Namespace, account.ServiceAccount, either.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // One is not on disk, so the other process may have none either.
            LogNoCertificates(_logger, CertificatePatience.TotalSeconds);
        }
    }

    private async Task AddAsync(
        Enrolment enrolment, Pod? pod, NetworkNamespace netns, InheritedPod? inherited, CancellationToken cancellationToken)
    {
        PodListeners? listeners = null;
        var added = false;
        try
        {
            listeners = inherited?.Listeners ?? await PodListeners.OpenAsync(netns);
            var refusal = await _sourceAddress.TryApplyAsync(netns, cancellationToken);
            if (refusal is not null)
            {
                LogSourceAddressRefused(_logger, enrolment.Namespace, enrolment.Pod, refusal);
            }
            _dataPlane.AddPod(new EnrolledPod
            {
                Uid = enrolment.Uid,
                Namespace = enrolment.Namespace,
                Name = enrolment.Pod,
                NetworkNamespace = netns.Duplicate(),
                SourceAddress = refusal is null ? SourceAddress.Client : SourceAddress.Refused,
                OutboundListeners = listeners.Outbound,
                InboundListeners = listeners.Inbound,
            });
            added = true;
            var inPlace = inherited?.Script ?? string.Empty;
            var script = pod is null ? inPlace : PodRules.Of(pod).ToScript();
            if (script != inPlace)
            {
                // Last: from here on the pod's traffic needs the listeners.
                await _nftables.ApplyAsync(netns, script, cancellationToken);
            }
            var visible = IsStillAt(enrolment);
            if (!visible)
            {
                LogPathInvisible(_logger, enrolment.Namespace, enrolment.Pod, enrolment.NetnsPath);
            }
            lock (_lock)
            {
                _byContainer[enrolment.ContainerId] = new LiveEnrolment(enrolment, netns, listeners, script, visible);
            }
        }
        catch (Exception failure)
        {
            if (added)
            {
                _dataPlane.RemovePod(enrolment.Uid);
            }
            else
            {
                listeners?.Dispose();
            }
            // What is inherited, the other process still uses.
            if (inherited is null && await _sourceAddress.TryRemoveAsync(netns, CancellationToken.None) is { } left)
            {
                LogRulesLeft(_logger, enrolment.Namespace, enrolment.Pod, left);
            }
            if (failure is SocketException or IOException or NetworkRulesException)
            {
                throw new EnrolmentException(
                    CniErrorCode.NotEnrolled, $"pod {enrolment.Namespace}/{enrolment.Pod} cannot be enrolled: {failure.Message}",
                    "A pod that is to be meshed does not start outside the mesh. The proxy's log says more.", failure);
            }
            throw;
        }
    }

    private void Remove(LiveEnrolment live)
    {
        _dataPlane.RemovePod(live.Enrolment.Uid);
        lock (_lock)
        {
            _byContainer.Remove(live.Enrolment.ContainerId);
        }
    }

    private LiveEnrolment? Find(string containerId)
    {
        lock (_lock)
        {
            return _byContainer.GetValueOrDefault(containerId);
        }
    }

    private List<LiveEnrolment> All()
    {
        lock (_lock)
        {
            return [.. _byContainer.Values];
        }
    }

    // Where the path says nothing, the control plane does: it held the pod when it was enrolled.
    private bool IsGone(LiveEnrolment live) =>
        live.PathIsVisible ? !IsStillAt(live.Enrolment) : _authority.FindPod(live.Enrolment.Uid) is null;

    private static bool IsStillAt(Enrolment enrolment)
    {
        try
        {
            using var now = NetworkNamespace.Open(enrolment.NetnsPath);
            return now.Inode == enrolment.NetnsInode;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void Save() => _file.Save(Enrolments);
}
