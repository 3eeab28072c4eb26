using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Embedded.Calls;
using Orleans.Embedded.Catalog;
using Orleans.Embedded.Membership;
using Orleans.Embedded.Placement;
using Orleans.Runtime;

namespace Orleans.Embedded.Activations;

/// <summary>The activations of this silo: makes one for a request that finds none, and ends them when idle, moved or at shutdown.</summary>
internal sealed class ActivationHost(
    IServiceProvider services,
    GrainCatalog catalog,
    RendezvousPlacement placement,
    ReferenceFactory references,
    MembershipTable membership,
    TimeProvider time,
    IOptions<GrainCollectionOptions> collection,
    ILogger<ActivationHost> log)
{
    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();

    public IServiceProvider Services => services;

    public TimeProvider Time => time;

    public ILogger Log => log;

    /// <summary>How long OnActivateAsync and OnDeactivateAsync may take before their token is cancelled; Microsoft's engine's default.</summary>
    public TimeSpan ActivationTimeout { get; } = TimeSpan.FromSeconds(30);

    public int Count => _activations.Count;

    /// <summary>What takes a request whose activation ended before it began; set once by <see cref="CallRouter"/>.</summary>
    public Action<Call> Redirect { get; set; } = call => call.Fail(new OrleansException("The silo has not started."));

    public GrainReference Reference(GrainId id) => references.Untyped(id);

    /// <summary>Hands a request that belongs to this silo to its activation.</summary>
    public void Deliver(Call call)
    {
        if (catalog.FindClass(call.Target.Type) is not { } grainClass)
        {
            call.Fail(new OrleansException($"Nobody knows the grain type of '{call.Target}'."));
            return;
        }
        if (!call.Method.DeclaringType.IsAssignableFrom(grainClass.Type))
        {
            call.Fail(new ArgumentException($"{grainClass.Type} does not implement {call.Method.DeclaringType}."));
            return;
        }
        while (true)
        {
            if (!_activations.TryGetValue(call.Target, out var activation))
            {
                var created = new Activation(this, grainClass, call.Target);
                activation = _activations.GetOrAdd(call.Target, created);
                if (activation == created)
                {
                    created.Start();
                }
            }
            var item = new WorkItem(
                call, grainClass.Reentrant || call.Method.AlwaysInterleave, call.Method.ReadOnly,
                () => call.InvokeAsync(activation.GrainInstance!));
            if (activation.TryEnqueue(item))
            {
                return;
            }
            Remove(activation);
        }
    }

    public void Remove(Activation activation) => _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    /// <summary>Ends what now belongs to another silo.</summary>
    public void EndMoved()
    {
        foreach (var activation in _activations.Values)
        {
            if (!BelongsHere(activation.GrainId))
            {
                activation.Deactivate(new DeactivationReason(
                    DeactivationReasonCode.RuntimeRequested, "The silos changed, and the grain's place is now on another one."));
            }
        }
    }

    /// <summary>Looks for idle activations, and forgets silos long gone, until cancelled.</summary>
    public async Task CollectAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(collection.Value.CollectionQuantum, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            membership.Forget();
            foreach (var activation in _activations.Values)
            {
                var age = activation.Class.AgeLimit ?? collection.Value.CollectionAge;
                if (age != TimeSpan.MaxValue)
                {
                    activation.CollectIfIdle(age);
                }
            }
        }
    }

    /// <summary>Ends everything; requests that waited go to the grains' new silos.</summary>
    public async Task EndAllAsync(CancellationToken cancellationToken)
    {
        var ending = _activations.Values.ToArray();
        foreach (var activation in ending)
        {
            activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo shuts down."));
        }
        await Task.WhenAll(ending.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
    }

    private bool BelongsHere(GrainId grain)
    {
        try
        {
            return placement.Locate(grain, default).Equals(membership.Self.Address);
        }
        catch (OrleansException)
        {
            return false;
        }
    }
}
